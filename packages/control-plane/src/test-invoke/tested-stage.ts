import {
  type AccountConfig,
  type FrozenComponent,
  type FrozenResource,
  isComponent,
  kinds,
  type StageManifest,
} from "@tollgate/config";
import { restApiOf } from "../deployment/deployment-kinds.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { accountConfigOf } from "../rollout/account-config.ts";

/** The stage that AWS uses for tests. */
export const TEST_STAGE = "test-invoke-stage";
/** The chunks of its manifest. */
export const RESOURCES = "resources";
export const COMPONENTS = "components";

/** TestedStage is a stage with one resource, as it is configured now. It is data: a process compiles it. */
export interface TestedStage {
  readonly manifest: StageManifest;
  readonly resource: FrozenResource;
  readonly components: readonly FrozenComponent[];
  readonly account: AccountConfig;
}

export interface TestedStageOptions {
  readonly accountId: string;
  readonly apiId: string;
  readonly resource: FrozenResource;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly clientCertificateId?: string;
}

/** testedStage is the stage in which tests of a resource run. */
export function testedStage(
  state: AccountState,
  { accountId, apiId, resource, stageVariables, clientCertificateId = "" }: TestedStageOptions,
): TestedStage {
  // The API's resource policy is not evaluated (AWS: TestInvokeMethod).
  const restApi = { ...restApiOf(state, accountId, apiId).spec, policy: undefined };
  const components = state
    .ofApi(apiId)
    .map(({ entity }) => entity)
    .filter(({ kind }) => isComponent(kind))
    .map(({ kind, id, spec }) => ({ kind, id, spec }) as FrozenComponent);
  const manifest: StageManifest = {
    accountId,
    apiId,
    restApi,
    stageName: TEST_STAGE,
    deploymentId: TEST_STAGE,
    stage: kinds.Stage.spec.parse({
      deploymentId: TEST_STAGE,
      variables: stageVariables,
      methodSettings: { "*/*": { loggingLevel: "INFO", dataTraceEnabled: true } },
      ...(clientCertificateId === "" ? {} : { clientCertificateId }),
    }),
    chunks: [RESOURCES],
    definitions: [COMPONENTS],
    canary: undefined,
  };
  return { manifest, resource, components, account: accountConfigOf(accountId, state) };
}
