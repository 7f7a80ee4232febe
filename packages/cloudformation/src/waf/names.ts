import { fromAwsNames, type ObjectShape, objectAt, type WafResource, wafArn, wafId } from "@tollgate/config";
import type { Json } from "@tollgate/openapi";
import type { Exception } from "../from-pascal.ts";
import type { ResourceType } from "../resource-type.ts";
import type { StackDraft } from "../stack-draft.ts";
import type { TemplateResource } from "../template-resource.ts";

/** Members of statements that are numbers, which templates may write as strings. */
const NUMBERS = new Set(["Priority", "Size", "Limit", "EvaluationWindowSec"]);

function withNumbers(value: Json, name = ""): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((one) => withNumbers(one));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withNumbers(one, key)]));
  return NUMBERS.has(name) && typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
}

/** statement reads a statement, which contains others, by the names of wafv2; its SearchString is text. */
export const statement: Exception = {
  read: (given) => fromAwsNames(withNumbers(given), "text") as Json,
};

/** shapeWithRules is the shape of a spec that has rules, whose statements are read by `statement`. */
export function shapeWithRules(spec: Parameters<typeof objectAt>[0]): ObjectShape {
  const shape = objectAt(spec);
  const rules = shape.members.get("rules");
  if (rules?.shape.type !== "list" || rules.shape.item.type !== "object")
    throw new Error("the spec has no list of rules");
  const { item } = rules.shape;
  const members = new Map(item.members).set("statement", { shape: { type: "any" }, isRequired: true });
  const all = new Map(shape.members).set("rules", {
    ...rules,
    shape: { type: "list", item: { ...item, members } },
  });
  // A resource of its own in templates.
  all.delete("logging");
  return { ...shape, members: all };
}

/** nameOf is the name of a resource: its property, else one of the stack and its logical id. */
export function nameOf(resource: TemplateResource, { stack }: StackDraft): string {
  const given = resource.property("Name");
  return typeof given === "string" ? given : `${stack.name}-${resource.logicalId}`.slice(0, 128);
}

/** isForCloudFront reports whether a resource is for distributions of CloudFront, which are not the gateway's. */
export const isForCloudFront = (resource: TemplateResource): boolean =>
  resource.property("Scope") === "CLOUDFRONT";

/** GLOBAL is what the ARNs of resources for CloudFront contain. */
export const GLOBAL = ":global/";

/** wafNames are what functions of a template get from a resource of wafv2: Ref is name|id|scope. */
export const wafNames = (resource: WafResource): Pick<ResourceType, "ref" | "attributes"> => {
  const idOf = (of: TemplateResource, draft: StackDraft) =>
    wafId(draft.stack.accountId, resource, nameOf(of, draft));
  const arnOf = (of: TemplateResource, draft: StackDraft) => {
    const arn = wafArn(draft.stack.region, draft.stack.accountId, resource, nameOf(of, draft));
    return isForCloudFront(of) ? arn.replace(":regional/", GLOBAL) : arn;
  };
  const owner = resource === "webacl" || resource === "rulegroup" ? resource : undefined;
  return {
    ref: (of, draft) =>
      `${nameOf(of, draft)}|${idOf(of, draft)}|${isForCloudFront(of) ? "CLOUDFRONT" : "REGIONAL"}`,
    attributes: {
      Arn: arnOf,
      Id: idOf,
      ...(owner
        ? {
            LabelNamespace: (of: TemplateResource, draft: StackDraft) =>
              `awswaf:${draft.stack.accountId}:${owner}:${nameOf(of, draft)}:`,
          }
        : {}),
    },
  };
};
