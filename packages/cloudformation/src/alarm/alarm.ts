import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import type { Exception } from "../from-pascal.ts";
import { tagList } from "../properties.ts";
import { type ResourceType, resourceType } from "../resource-type.ts";
import type { StackDraft } from "../stack-draft.ts";
import type { TemplateResource } from "../template-resource.ts";

/** The name of an alarm: its property, else one of the stack and its logical id. */
function nameOf(resource: TemplateResource, { stack }: StackDraft): string {
  const given = resource.property("AlarmName");
  return typeof given === "string" ? given : `${stack.name}-${resource.logicalId}`.slice(0, 255);
}

const names: Pick<ResourceType, "ref" | "attributes"> = {
  ref: nameOf,
  attributes: {
    Arn: (resource, draft) =>
      `arn:aws:cloudwatch:${draft.stack.region}:${draft.stack.accountId}:alarm:${nameOf(resource, draft)}`,
  },
};

const own = z.object({ alarmName: z.string().optional() });
const OK_ACTIONS: Exception = { property: "OKActions" };

/** AWS::CloudWatch::Alarm. */
export const alarm = resourceType({
  ...names,
  spec: objectAt(kinds.Alarm.spec),
  own,
  exceptions: { okActions: OK_ACTIONS, tags: tagList },
  emit: ({ resource, spec }, draft) =>
    draft.put({ kind: "Alarm", id: nameOf(resource, draft), spec }, resource),
});

/** AWS::CloudWatch::CompositeAlarm. */
export const compositeAlarm = resourceType({
  ...names,
  spec: objectAt(kinds.CompositeAlarm.spec),
  own,
  exceptions: { okActions: OK_ACTIONS, tags: tagList },
  emit: ({ resource, spec }, draft) =>
    draft.put({ kind: "CompositeAlarm", id: nameOf(resource, draft), spec }, resource),
});
