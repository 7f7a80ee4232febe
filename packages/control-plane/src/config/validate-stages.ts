import {
  type Entity,
  logGroupOfDestination,
  nameOf,
  type Problem,
  problemAt,
  type SpecOf,
} from "@tollgate/config";
import { facts } from "../facts.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { STACK_LABEL } from "./stack-label.ts";
import type { View } from "./view.ts";

const REQUEST_ID = /\$(context\.(requestId|extendedRequestId)\b|\{context\.(requestId|extendedRequestId)\})/;

type Spec = SpecOf<"Stage">;

const formatOf = (spec: Spec | undefined) => spec?.accessLogSettings?.format;
const destinationOf = (spec: Spec | undefined) => spec?.accessLogSettings?.destinationArn;
export const isLogging = (spec: Spec | undefined) =>
  Object.values(spec?.methodSettings ?? {}).some(({ loggingLevel }) => loggingLevel !== "OFF");

function* formatProblems(path: string, format: string): Generator<Problem> {
  // A line break is allowed at the end only.
  if (format.replace(/\r?\n$/, "").includes("\n")) yield problemAt(path, facts.ACCESS_LOG_LINES({ format }));
  else if (!REQUEST_ID.test(format)) yield problemAt(path, facts.ACCESS_LOG_UNIDENTIFIED({ format }));
}

/**
 * stageProblems reports what AWS refuses of a stage's logs: of their format, their destination, and without the role that may write them.
 * What the stage had before stays.
 */
export function* stageProblems(
  view: View,
  state: AccountState | undefined,
  stage: Entity<"Stage">,
): Generator<Problem> {
  const { id, spec } = stage;
  const before = (state?.entities.get(nameOf(stage))?.entity as Entity<"Stage"> | undefined)?.spec;
  const format = formatOf(spec);
  if (format !== undefined && format !== formatOf(before))
    yield* formatProblems(`Stage/${id}.accessLogSettings.format`, format);
  const destination = destinationOf(spec);
  const isNew = destination !== undefined && destination !== destinationOf(before);
  if (isNew && logGroupOfDestination(destination) === undefined)
    yield problemAt(`Stage/${id}.accessLogSettings.destinationArn`, facts.ACCESS_LOG_DESTINATION());
  // Templates are written for accounts that have the role: a stack gets a warning instead.
  if (stage.labels[STACK_LABEL] !== undefined) return;
  if (isLogging(spec) && !isLogging(before) && !view.find("Account", "", "account")?.spec.cloudwatchRoleArn)
    yield problemAt(`Stage/${id}.methodSettings`, facts.LOGGING_ROLE_MISSING());
}
