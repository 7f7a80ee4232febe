import type { ApplicationPort, TestRequest } from "@tollgate/aws-api";
import { apiUrl } from "@tollgate/config";
import { SDK_TYPES, type SdkType, sdkZip } from "@tollgate/sdk";
import type { Application } from "../application.ts";
import type { IssueCertificate } from "../certificate/issue-certificate.ts";
import { createAccounts } from "../change/accounts.ts";
import { newCertificate } from "../client-certificate/new-certificate.ts";
import { servedDefinition } from "../definition/served-definition.ts";
import { Refusal } from "../refusal.ts";
import { testInvokeAuthorizer } from "../test-invoke/test-invoke-authorizer.ts";
import { testInvokeMethod } from "../test-invoke/test-invoke-method.ts";
import { storedTraces } from "../trace/stored-traces.ts";

const noAuthority: IssueCertificate = async () => {
  throw new Refusal("not-configured", "there is no authority that issues certificates");
};

/** createApplicationPort adapts the application to the port of the AWS APIs. */
export function createApplicationPort(
  application: Application,
  issueCertificate: IssueCertificate = noAuthority,
  { validationZone = undefined as string | undefined } = {},
): ApplicationPort {
  const { mirror, usage, logs, metrics, alarms, samples, nodes } = application;
  return {
    ...createAccounts(application),
    servedDefinition: (stage) => servedDefinition(mirror.account(stage.accountId), stage),
    testInvokeAuthorizer: (accountId, request) => testInvokeAuthorizer(application, accountId, request),
    newCertificate,
    issueCertificate,
    ordersCertificates: application.ordersCertificates,
    validationZone,
    logs,
    metrics,
    alarms,
    traces: storedTraces(logs),
    sdkTypes: SDK_TYPES,
    sdk: (id, source) =>
      sdkZip(
        SDK_TYPES.find((type) => type.id === id) as SdkType,
        source,
        `${apiUrl(application.publicUrl(), source.apiId)}/${source.stageName}`,
      ),
    sampledRequests: (request) => samples.list(nodes.all(), request),
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
