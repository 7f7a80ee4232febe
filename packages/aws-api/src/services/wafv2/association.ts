import type { AccountView, Stored } from "../../port.ts";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import { invalidParameter } from "./errors.ts";
import { found, shown } from "./noun.ts";
import { webAcl } from "./rules.ts";

const STRING = { type: "string" } as const;
const STAGE_ARN = /^arn:[^:]+:apigateway:[^:]*::\/restapis\/([a-z0-9]+)\/stages\/([^/]+)$/;

/** The stage of a REST API that a request names by its ARN; AWS has web ACLs for no other APIs. */
function stageOf({ input }: JsonRequest, account: AccountView): Stored<"Stage"> {
  const parameter = String(input.ResourceArn);
  const field = "RESOURCE_ARN";
  const [, apiId, name] = STAGE_ARN.exec(parameter) ?? [];
  if (apiId === undefined || name === undefined)
    throw invalidParameter({
      reason:
        "The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes.",
      field,
      parameter,
    });
  const stage = account.get("Stage", apiId, name);
  if (!stage) throw invalidParameter({ reason: "The referenced resource does not exist.", field, parameter });
  return stage;
}

/** Whoever changes the web ACL of a stage changes the stage (AWS: permissions for AssociateWebACL and DisassociateWebACL). */
const alsoNeeds = ({ input }: JsonRequest) => ({
  action: "apigateway:SetWebACL",
  resource: String(input.ResourceArn),
});

/** Writes the web ACL of a stage; undefined: none. */
async function associate(
  request: JsonRequest,
  idOf: (account: AccountView) => string | undefined,
): Promise<object> {
  await request.application.change(request.caller.accountId, (account) => {
    const { kind, apiId, id, spec } = stageOf(request, account).entity;
    return { puts: [{ kind, apiId, id, spec: { ...spec, webAclId: idOf(account) } }] };
  });
  return {};
}

const associateWebAcl: JsonOperation = {
  name: "AssociateWebACL",
  input: {
    type: "structure",
    members: { WebACLArn: STRING, ResourceArn: STRING },
    required: ["WebACLArn", "ResourceArn"],
  },
  resource: ({ input }) => String(input.WebACLArn),
  alsoNeeds,
  run: (request) =>
    associate(request, (account) => {
      const named = { ...request, input: { ARN: request.input.WebACLArn } };
      return found(webAcl, named, account).entity.id;
    }) as Promise<Readonly<Record<string, unknown>>>,
};

const disassociateWebAcl: JsonOperation = {
  name: "DisassociateWebACL",
  input: { type: "structure", members: { ResourceArn: STRING }, required: ["ResourceArn"] },
  resource: ({ input }) => String(input.ResourceArn),
  alsoNeeds,
  run: (request) => associate(request, () => undefined) as Promise<Readonly<Record<string, unknown>>>,
};

const getForResource: JsonOperation = {
  name: "GetWebACLForResource",
  input: { type: "structure", members: { ResourceArn: STRING }, required: ["ResourceArn"] },
  isReadOnly: true,
  resource: ({ input }) => String(input.ResourceArn),
  run: (request) => {
    const account = request.application.account(request.caller.accountId);
    const { webAclId } = stageOf(request, account).entity.spec;
    const stored = webAclId === undefined ? undefined : account.get("WebAcl", "", webAclId);
    return stored ? { WebACL: shown(webAcl, request, account, stored) } : {};
  },
};

const listResources: JsonOperation = {
  name: "ListResourcesForWebACL",
  input: {
    type: "structure",
    members: { WebACLArn: STRING, ResourceType: STRING },
    required: ["WebACLArn"],
  },
  isReadOnly: true,
  resource: ({ input }) => String(input.WebACLArn),
  run: (request) => {
    const { input, region, application, caller } = request;
    const account = application.account(caller.accountId);
    const { id } = found(webAcl, { ...request, input: { ARN: input.WebACLArn } }, account).entity;
    // AWS takes load balancers where nothing is said.
    if (input.ResourceType !== "API_GATEWAY") return { ResourceArns: [] };
    const stages = account
      .list("RestApi", "")
      .flatMap(({ entity }) => account.list("Stage", entity.id))
      .filter(({ entity }) => entity.spec.webAclId === id);
    return {
      ResourceArns: stages.map(
        ({ entity }) => `arn:aws:apigateway:${region}::/restapis/${entity.apiId}/stages/${entity.id}`,
      ),
    };
  },
};

/** associationOperations are the operations between web ACLs and stages. */
export const associationOperations = [associateWebAcl, disassociateWebAcl, getForResource, listResources];
