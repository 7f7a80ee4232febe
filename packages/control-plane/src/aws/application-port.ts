import {
  type AccountView,
  type ApplicationPort,
  type Change,
  type DeploymentRequest,
  type Draft,
  type Stored,
  type TestRequest,
} from "@tollgate/aws-api";
import {
  completeSecrets,
  digestOf,
  canonicalJson,
  nameOf,
  parseManifest,
  type Entity,
  type Kind,
  type Problem,
} from "@tollgate/config";
import { SDK_TYPES, sdkZip, type SdkType } from "@tollgate/sdk";
import type { Application } from "../application.ts";
import { cascade, orphanedChunks } from "../config/cascade.ts";
import { refuse } from "../config/refuse.ts";
import type { Plan } from "../config/transaction.ts";
import { checkChange } from "../config/validate.ts";
import { autoDeploy } from "../deployment/auto-deploy.ts";
import { checkStages } from "../deployment/check-stage.ts";
import { freezeApi } from "../deployment/create-deployment.ts";
import type { AccountState, StoredEntity } from "../mirror/mirror.ts";
import { newCertificate } from "../client-certificate/new-certificate.ts";
import { frozenEntities } from "../deployment/frozen-entities.ts";
import { testInvokeAuthorizer } from "../test-invoke/test-invoke-authorizer.ts";
import { testInvokeMethod } from "../test-invoke/test-invoke-method.ts";

/** viewOf is an account as the AWS APIs read it. */
function viewOf(accountId: string, state: AccountState): AccountView {
  const storedOf = <K extends Kind>(stored: StoredEntity) => stored as unknown as Stored<K>;
  return {
    accountId,
    get: <K extends Kind>(kind: K, apiId: string, id: string) => {
      const stored = state.entities.get(nameOf({ kind, apiId, id }));
      return stored && storedOf<K>(stored);
    },
    list: <K extends Kind>(kind: K, apiId: string) =>
      state
        .ofApi(apiId)
        .filter(({ entity }) => entity.kind === kind)
        .map(storedOf<K>),
  };
}

function parseDrafts(state: AccountState, drafts: readonly Draft[]): Entity[] {
  const problems: Problem[] = [];
  const entities = drafts.flatMap((draft, i) => {
    const present = state.entities.get(nameOf(draft))?.entity;
    const parsed = parseManifest({ ...draft, labels: present?.labels ?? {} }, i);
    if (parsed.ok) return [completeSecrets(parsed.value, present)];
    problems.push(...parsed.problems);
    return [];
  });
  if (problems.length > 0) refuse(problems);
  return entities;
}

const isChanged = (state: AccountState, entity: Entity) =>
  state.entities.get(nameOf(entity))?.digest !== digestOf(canonicalJson(entity.spec));

/** createApplicationPort lets the AWS APIs call the application. */
export function createApplicationPort(application: Application): ApplicationPort {
  const { mirror, writer, compiler, keys, usage } = application;
  const account = (accountId: string) => viewOf(accountId, mirror.account(accountId));

  const planOf = async (accountId: string, state: AccountState, change: Change): Promise<Plan<undefined>> => {
    const puts = parseDrafts(state, change.puts ?? []).filter((entity) => isChanged(state, entity));
    const named = (change.deletes ?? []).flatMap((ref) => state.entities.get(nameOf(ref)) ?? []);
    const deletes = cascade(state, named);
    const problems = checkChange({ mirror, keys }, accountId, state, { puts, deletes });
    if (problems.length === 0) problems.push(...(await checkStages(compiler, accountId, state, puts)));
    if (problems.length > 0) refuse(problems);
    return { puts, deletes, otherDeletes: orphanedChunks(state, deletes), result: undefined };
  };

  return {
    account,
    async change(accountId, decide) {
      const { written } = await writer.run({
        accountId,
        decide: (state) => planOf(accountId, state, decide(viewOf(accountId, state))),
      });
      await autoDeploy(application, accountId, written);
      return account(accountId);
    },
    async deploy(accountId, { apiId, description, also }: DeploymentRequest) {
      const { deployment } = await freezeApi(application, accountId, {
        apiId,
        description,
        stagesOf: (state, deploymentId) =>
          parseDrafts(state, also(viewOf(accountId, state), deploymentId)) as Entity<"Stage">[],
      });
      return { account: account(accountId), deploymentId: deployment.id };
    },
    frozen: (accountId, apiId, deploymentId) =>
      frozenEntities(mirror.account(accountId), apiId, deploymentId),
    testInvokeAuthorizer: (accountId, request) => testInvokeAuthorizer(application, accountId, request),
    newCertificate,
    sdkTypes: SDK_TYPES,
    sdk: (id, source) => sdkZip(SDK_TYPES.find((type) => type.id === id) as SdkType, source),
    keyUsage: (accountId, request) => usage.keyUsage(accountId, request),
    async testInvoke(accountId, request: TestRequest) {
      const { status, headers, body, log, latencyMs } = await testInvokeMethod(application, {
        $typeName: "tollgate.control.v1.TestInvokeMethodRequest",
        ...request,
        accountId,
        stageVariables: { ...request.stageVariables },
        body: Buffer.from(request.body),
        headers: request.headers.map(([name, value]) => ({
          $typeName: "tollgate.control.v1.TestHeader",
          name,
          value,
        })),
      });
      return {
        status,
        log,
        headers: headers.map(({ name, value }) => [name, value] as const),
        body: body.toString("utf8"),
        latencyMs: Number(latencyMs),
      };
    },
  };
}
