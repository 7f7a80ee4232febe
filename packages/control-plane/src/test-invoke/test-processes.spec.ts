import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Application } from "../application.ts";
import { createApplicationPort } from "../aws/application-port.ts";
import { startMemoryApplication } from "../memory-application.ts";
import { testInvokeMethod } from "./test-invoke-method.ts";

const ACCOUNT = "000000000000";
const API = "abcdefghij";
/** Uses most of the steps that a template has. */
const BUSY = `#foreach($i in [1..1000])#foreach($j in [1..100])#set($x = "$i$j")#end#end{"statusCode": 200}`;

let application: Application & AsyncDisposable;
beforeAll(async () => {
  // One process: to start it is what these specs cost.
  application = await startMemoryApplication({ processesMax: 1, waitingMax: 3 });
  await configure(BUSY);
  expect((await invoke()).status).toBe(200);
});
afterAll(() => application[Symbol.asyncDispose]());

async function configure(template: string): Promise<void> {
  const methods = {
    GET: {
      integration: {
        type: "MOCK",
        requestTemplates: { "application/json": template },
        integrationResponses: { 200: {} },
      },
      methodResponses: { 200: {} },
    },
  };
  await createApplicationPort(application).change(ACCOUNT, () => ({
    puts: [
      { kind: "RestApi", apiId: "", id: API, spec: { name: "tested" } },
      { kind: "Resource", apiId: API, id: "r1", spec: { path: "/a", methods } },
    ],
  }));
}

const invoke = () =>
  testInvokeMethod(application, {
    accountId: ACCOUNT,
    apiId: API,
    resourceId: "r1",
    httpMethod: "GET",
    pathWithQueryString: "",
    headers: [],
    body: new Uint8Array(),
    stageVariables: {},
    clientCertificateId: "",
  } as unknown as Parameters<typeof testInvokeMethod>[1]);

const sum = ({ user, system }: NodeJS.CpuUsage) => user + system;

describe("test invocations", () => {
  it("do not keep the control API, whatever their templates do", async () => {
    const startMs = performance.now();
    const own = process.threadCpuUsage();
    for (let i = 0; i < 5; i++) await invoke();
    const share = sum(process.threadCpuUsage(own)) / 1000 / (performance.now() - startMs);
    expect(share).toBeLessThan(0.5);
  });

  it("are refused where too many are running", async () => {
    const all = await Promise.allSettled(Array.from({ length: 6 }, invoke));
    const refused = all.flatMap((one) => (one.status === "rejected" ? [one.reason as object] : []));
    expect(refused).toEqual([
      expect.objectContaining({ reason: "limit" }),
      expect.objectContaining({ reason: "limit" }),
    ]);
  });
});
