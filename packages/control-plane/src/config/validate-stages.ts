import {
  type Entity,
  isKindOf,
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
type ApiStageSpec = SpecOf<"ApiStage">;

const formatOf = (spec: Spec | undefined) => spec?.accessLogSettings?.format;
const destinationOf = (spec: Spec | undefined) => spec?.accessLogSettings?.destinationArn;
const isLoggingRest = (spec: Spec | undefined) =>
  Object.values(spec?.methodSettings ?? {}).some(({ loggingLevel }) => loggingLevel !== "OFF");
const isLoggingWebSocket = (spec: ApiStageSpec | undefined) =>
  [spec?.defaultRouteSettings, ...Object.values(spec?.routeSettings ?? {})].some(
    (settings) => (settings?.loggingLevel ?? "OFF") !== "OFF" || settings?.dataTraceEnabled === true,
  );

/** isLogging reports whether a stage, of any kind, writes execution logs. */
export const isLogging = (entity: Entity): boolean =>
  (isKindOf(entity, "Stage") && isLoggingRest(entity.spec)) ||
  (isKindOf(entity, "ApiStage") && isLoggingWebSocket(entity.spec));

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
  if (isLoggingRest(spec) && !isLoggingRest(before))
    yield* roleProblems(view, stage, `Stage/${id}.methodSettings`);
}

/** apiStageProblems reports logs of a stage of a WebSocket API without the role that may write them. What the stage had before stays. */
export function* apiStageProblems(
  view: View,
  state: AccountState | undefined,
  stage: Entity<"ApiStage">,
): Generator<Problem> {
  const before = state?.entities.get(nameOf(stage))?.entity as Entity<"ApiStage"> | undefined;
  if (isLoggingWebSocket(stage.spec) && !isLoggingWebSocket(before?.spec))
    yield* roleProblems(view, stage, `ApiStage/${stage.id}.defaultRouteSettings`);
}

function* roleProblems(view: View, { labels }: Entity, path: string): Generator<Problem> {
  // Templates are written for accounts that have the role: a stack gets a warning instead.
  if (labels[STACK_LABEL] !== undefined) return;
  if (!view.find("Account", "", "account")?.spec.cloudwatchRoleArn)
    yield problemAt(path, facts.LOGGING_ROLE_MISSING());
}
