import { diffSpecs, type SpecOf } from "@tollgate/config";
import {
  Change_Action as Action,
  type ApplyResponse,
  type ApplyStackResponse,
  type Change,
  type Entity,
  Finding_Level as Level,
} from "@tollgate/proto/control";
import { languageProblems } from "./lint/languages.ts";
import { written } from "./manifest-file.ts";
import { type OutputFormat, print, report, toJson } from "./output.ts";

const words: Readonly<
  Record<number, { word: string; sign: string; color: "green" | "yellow" | "red" | "gray" }>
> = {
  [Action.CREATED]: { word: "created", sign: "+", color: "green" },
  [Action.UPDATED]: { word: "updated", sign: "~", color: "yellow" },
  [Action.DELETED]: { word: "deleted", sign: "-", color: "red" },
  [Action.UNCHANGED]: { word: "unchanged", sign: " ", color: "gray" },
};

/** levels maps the numbers of finding levels to their names in lower case. */
export const levels: ReadonlyMap<number, string> = new Map<number, string>(
  Object.entries(Level).map(([name, level]) => [level, name.toLowerCase()]),
);

const nameOf = ({ entity }: Change) =>
  `${entity?.kind}/${entity?.apiId ? `${entity.apiId}/` : ""}${entity?.id}`;

/** The entity that a change is about, without what is in it. */
const placeOf = ({ kind, apiId, id }: Entity) => ({ kind, apiId, id, spec: undefined });

/** isReal is false for an entity that stays as it is. */
export const isReal = (change: Change): boolean => change.action !== Action.UNCHANGED;

/** Changes lists what a write did, or would do. */
type Changes = Pick<ApplyResponse, "changes"> &
  Partial<Pick<ApplyResponse, "revision"> & Pick<ApplyStackResponse, "outputs" | "findings">>;

/** What the response of a stack has besides changes. */
const stackMembers = ({ outputs = [], findings = [] }: Changes) => ({
  outputs: Object.fromEntries(outputs.map(({ name, value }) => [name, value])),
  findings: findings.map(({ level, line, pointer, message }) => ({
    level: levels.get(level) ?? "",
    line,
    pointer,
    message,
  })),
});

/** The templates of written methods that do not compile, each with its place. As on AWS they are accepted, and calls get 500. */
function brokenTemplates({ entity }: Change): string[] {
  if (entity?.kind !== "Resource" || entity.specJson === "") return [];
  const { methods = {} } = JSON.parse(entity.specJson) as Partial<SpecOf<"Resource">>;
  return Object.entries(methods).flatMap(([verb, { integration }]) =>
    (integration ? languageProblems(integration) : []).flatMap(({ member, message }) =>
      member.some((name) => name.endsWith("Templates"))
        ? [
            `Resource/${entity.id}.methods.${verb}.integration.${member.join(".")}: ${message}: calls get 500 until it is corrected`,
          ]
        : [],
    ),
  );
}

/** printChanges shows what a write did or would do; with `members` also the differences within each entity. */
export function printChanges(response: Changes, output: OutputFormat, members: boolean): void {
  if (output !== "table") {
    print(
      toJson({
        revision: response.revision,
        ...(response.outputs ? stackMembers(response) : {}),
        changes: response.changes.map((change) => ({
          action: words[change.action]?.word,
          ...(change.entity && written(placeOf(change.entity))),
        })),
      }),
    );
    return;
  }
  for (const change of response.changes.filter(isReal)) {
    const { word, sign, color } = words[change.action] ?? { word: "?", sign: "?", color: "gray" };
    print(`${sign} ${nameOf(change)} ${word}`, color);
    if (!members || change.action !== Action.UPDATED) continue;
    for (const { path, before, after } of diffSpecs(
      JSON.parse(change.beforeJson || "{}"),
      JSON.parse(change.entity?.specJson || "{}"),
    ))
      print(`    ${path}: ${JSON.stringify(before) ?? "(absent)"} -> ${JSON.stringify(after) ?? "(absent)"}`);
  }
  for (const { action, ...change } of response.changes)
    if (action !== Action.DELETED)
      for (const warning of brokenTemplates({ action, ...change })) report(`warning: ${warning}`);
  const counts = [Action.CREATED, Action.UPDATED, Action.DELETED, Action.UNCHANGED].map(
    (action) =>
      `${response.changes.filter((change) => change.action === action).length} ${words[action]?.word}`,
  );
  print(counts.join(", "));
}
