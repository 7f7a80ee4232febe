import type { AccountView, ApplicationPort, Draft, Stored, TestRequest } from "@tollgate/aws-api";
import { nameOf, parseManifest, type Entity, type Kind, type Problem } from "@tollgate/config";
import { SDK_TYPES, sdkZip, type SdkType } from "@tollgate/sdk";
import type { Application } from "../application.ts";
import { changeAccount } from "../change/change.ts";
import { newCertificate } from "../client-certificate/new-certificate.ts";
import { refuse } from "../config/refuse.ts";
import { frozenIn } from "../deployment/deployment-kinds.ts";
import { restDeployments } from "../deployment/rest-api/deployment-kind.ts";
import type { AccountState } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";
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
    if (parsed.ok) return [parsed.value];
    problems.push(...parsed.problems);
    return [];
  });
  if (problems.length > 0) refuse(problems);
  return entities;
}

/** createApplicationPort lets the AWS APIs call the application. */
export function createApplicationPort(application: Application): ApplicationPort {
  const { mirror, usage } = application;
  const account = (accountId: string) => viewOf(accountId, mirror.account(accountId));

  return {
    account,
    async change(accountId, decide) {
      await changeAccount(application, {
        accountId,
        asker: "allowed",
        want: (state) => {
          const { puts = [], ...wanted } = decide(viewOf(accountId, state));
          return { ...wanted, entities: parseDrafts(state, puts) };
        },
      });
      return account(accountId);
    },
    frozen: (accountId, apiId, deploymentId) =>
      frozenIn(mirror.account(accountId), restDeployments, apiId, deploymentId),
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
