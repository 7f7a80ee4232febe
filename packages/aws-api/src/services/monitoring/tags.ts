import type { SpecOf } from "@tollgate/config";
import type { AccountView, Stored } from "../../port.ts";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import { alarmNameIn } from "./alarm-names.ts";
import { TAGS, tagsIn } from "./alarm-spec.ts";
import { invalidValue, monitoringError } from "./errors.ts";
import { listOf, STRING, STRINGS, structure, textOf } from "./inputs.ts";

type TaggedKind = "Alarm" | "CompositeAlarm";

const resource = ({ input }: JsonRequest): string => textOf(input, "ResourceARN");

function nameOf(request: JsonRequest): string {
  const arn = resource(request);
  const name = alarmNameIn(request, arn);
  if (name === undefined)
    throw invalidValue(`The value ${arn} for parameter ResourceARN is not the ARN of an alarm.`);
  return name;
}

const find = (account: AccountView, name: string): Stored<TaggedKind> | undefined =>
  account.get("Alarm", "", name) ?? account.get("CompositeAlarm", "", name);

async function change(
  request: JsonRequest,
  tagsOf: (tags: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
): Promise<undefined> {
  const name = nameOf(request);
  await request.application.change(request.caller.accountId, (account) => {
    const stored = find(account, name);
    if (!stored) throw monitoringError("ResourceNotFoundException", "Unknown");
    const { kind, id, spec } = stored.entity;
    const tags = (spec as SpecOf<TaggedKind>).tags ?? {};
    return { puts: [{ kind, apiId: "", id, spec: { ...spec, tags: tagsOf(tags) } }] };
  });
  return undefined;
}

/** tagOperations are the operations of the tags of alarms. */
export const tagOperations: readonly JsonOperation[] = [
  {
    name: "TagResource",
    input: structure({ ResourceARN: STRING, Tags: TAGS }, ["ResourceARN", "Tags"]),
    resource,
    run: (request) => change(request, (tags) => ({ ...tags, ...tagsIn(request.input) })),
  },
  {
    name: "UntagResource",
    input: structure({ ResourceARN: STRING, TagKeys: STRINGS }, ["ResourceARN", "TagKeys"]),
    resource,
    run: (request) => {
      const removed = new Set(listOf<string>(request.input, "TagKeys"));
      return change(request, (tags) =>
        Object.fromEntries(Object.entries(tags).filter(([key]) => !removed.has(key))),
      );
    },
  },
  {
    name: "ListTagsForResource",
    isReadOnly: true,
    input: structure({ ResourceARN: STRING }, ["ResourceARN"]),
    resource,
    run(request) {
      const stored = find(request.application.account(request.caller.accountId), nameOf(request));
      // A deleted alarm has no tags, as on AWS.
      const tags = stored ? ((stored.entity.spec as SpecOf<TaggedKind>).tags ?? {}) : {};
      return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
    },
  },
];
