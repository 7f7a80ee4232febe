import { shown } from "../shown.ts";
import { isNode, type Node, nodeOf } from "./node.ts";
import { fail, passedOn, type SamContext, type SamResource } from "./sam-context.ts";

const MEMBERS = ["CreateUsagePlan", "Description", "Quota", "Tags", "Throttle", "UsagePlanName"];
const KINDS = ["SHARED", "PER_API", "NONE"];

/** Members of a plan that come from the API's template. */
const said = (given: Node): Node =>
  Object.fromEntries(
    Object.entries(given).filter(([name, value]) => name !== "CreateUsagePlan" && Boolean(value)),
  );

interface PlanIds {
  readonly plan: string;
  readonly key: string;
  readonly planKey: string;
}

function putPlan(
  context: SamContext,
  api: SamResource,
  { plan, key, planKey }: PlanIds,
  apis: readonly { readonly apiId: string; readonly stageId: string }[],
  given: Node,
): void {
  const attributes = passedOn(api);
  const origin = api.logicalId;
  const stages = apis.map(({ apiId, stageId }) => ({ api: { Ref: apiId }, stage: { Ref: stageId } }));
  context.put(
    plan,
    {
      Type: "AWS::ApiGateway::UsagePlan",
      DependsOn: apis.map(({ apiId }) => apiId),
      ...attributes,
      Properties: { ApiStages: stages.map((one) => ({ ApiId: one.api, Stage: one.stage })), ...said(given) },
    },
    origin,
  );
  context.put(
    key,
    {
      Type: "AWS::ApiGateway::ApiKey",
      DependsOn: [plan],
      ...attributes,
      Properties: {
        Enabled: true,
        StageKeys: stages.map((one) => ({ RestApiId: one.api, StageName: one.stage })),
      },
    },
    origin,
  );
  context.put(
    planKey,
    {
      Type: "AWS::ApiGateway::UsagePlanKey",
      DependsOn: [key],
      ...attributes,
      Properties: { KeyId: { Ref: key }, KeyType: "API_KEY", UsagePlanId: { Ref: plan } },
    },
    origin,
  );
}

/** addUsagePlan creates an API's usage plan with a key, separate or shared (SAM: ApiUsagePlan). */
export function addUsagePlan(context: SamContext, api: SamResource, stageId: string): void {
  const given = nodeOf(api.properties.Auth).UsagePlan;
  if (given === undefined || given === null) return;
  const at = ["Auth", "UsagePlan"];
  const { logicalId } = api;
  if (!isNode(given)) return fail(context, logicalId, at, "must be an object");
  const unknown = Object.keys(given).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined)
    return fail(context, logicalId, [...at, unknown], `must be one of ${MEMBERS.join(", ")}`);
  const kind = shown(given.CreateUsagePlan);
  if (!KINDS.includes(kind))
    return fail(context, logicalId, [...at, "CreateUsagePlan"], `must be one of ${KINDS.join(", ")}`);
  if (kind === "NONE") return;
  const mine = { apiId: logicalId, stageId };
  const { shared } = context;
  if (kind === "SHARED") shared.apis.push(mine);
  const prefix = kind === "SHARED" ? "Serverless" : logicalId;
  const ids = { plan: `${prefix}UsagePlan`, key: `${prefix}ApiKey`, planKey: `${prefix}UsagePlanKey` };
  putPlan(context, api, ids, kind === "SHARED" ? shared.apis : [mine], given);
  context.aliases.set(`${logicalId}.UsagePlan`, ids.plan);
  context.aliases.set(`${logicalId}.UsagePlanKey`, ids.planKey);
  context.aliases.set(`${logicalId}.ApiKey`, ids.key);
}
