import { z } from "zod";
import { kinds, objectAt, pathProblem } from "@tollgate/config";
import type { Exceptions, Members } from "../from-pascal.ts";
import { upperCase } from "../properties.ts";
import { namedById, physicalText, resourceType } from "../resource-type.ts";
import type { StackDraft } from "../stack-draft.ts";
import type { TemplateResource } from "../template-resource.ts";
import { ownApi } from "./api.ts";

/** The path of a resource, with those of its parents; undefined: its parent is not in this template. */
function pathOf(resource: TemplateResource, draft: StackDraft): string | undefined {
  const [api, parent, part] = ["RestApiId", "ParentId", "PathPart"].map((name) =>
    physicalText(name)(resource),
  );
  if (api === undefined || parent === undefined || part === undefined) return undefined;
  const above = draft.pathOf(api, parent);
  return above === undefined ? undefined : `${above === "/" ? "" : above}/${part}`;
}

function resourceId(resource: TemplateResource, draft: StackDraft): string | undefined {
  const api = physicalText("RestApiId")(resource);
  const path = pathOf(resource, draft);
  return api === undefined || path === undefined ? undefined : draft.namePath(api, path);
}

/** AWS::ApiGateway::Resource. */
export const resource = resourceType({
  own: z.object({ parentId: z.string(), pathPart: z.string(), restApiId: z.string() }),
  ref: resourceId,
  attributes: { ResourceId: resourceId },
  emit({ resource: given, own: { restApiId: apiId } }, draft) {
    if (!ownApi(given, apiId, draft)) return;
    const path = pathOf(given, draft);
    const problem =
      path === undefined
        ? "ParentId must be RootResourceId of the API, or a resource of this template"
        : pathProblem(path)?.message;
    if (problem !== undefined || path === undefined)
      return draft.findings.add("error", [...given.at, "Properties", "PathPart"], problem ?? "has no path");
    draft.resourceAt(apiId, path, given);
  },
});

const byStatus = { list: { key: ["statusCode"] } };

const exceptions: Exceptions = {
  methodResponses: byStatus,
  "integration.httpMethod": { property: "IntegrationHttpMethod" },
  "integration.integrationResponses": byStatus,
  "integration.type": upperCase,
};

/** CloudFormation allows a method where AWS ignores it. */
function withoutMockMethod({ integration, ...method }: Members): Members {
  const { httpMethod, ...others } = (integration ?? {}) as Members;
  if (integration === undefined) return method;
  return {
    ...method,
    integration: others.type === "MOCK" || httpMethod === undefined ? others : { ...others, httpMethod },
  };
}

/** AWS::ApiGateway::Method. */
export const method = resourceType({
  ...namedById(),
  spec: objectAt(kinds.Resource.spec, ["methods", "*"]),
  own: z.object({ httpMethod: z.string(), resourceId: z.string(), restApiId: z.string() }),
  exceptions,
  emit({ resource: given, spec, own: { restApiId: apiId, resourceId: id, httpMethod: verb } }, draft) {
    if (!ownApi(given, apiId, draft)) return;
    const path = draft.pathOf(apiId, id);
    if (path === undefined)
      return draft.findings.add(
        "error",
        [...given.at, "Properties", "ResourceId"],
        "must be RootResourceId of the API, or a resource of this template",
      );
    const { methods } = draft.resourceAt(apiId, path, given);
    if (Object.hasOwn(methods, verb))
      draft.findings.add("error", [...given.at, "Properties", "HttpMethod"], `${path} already has ${verb}`);
    methods[verb] = withoutMockMethod(spec);
  },
});
