import type { IncomingMessage } from "node:http";
import { beforeEach, describe, expect, it } from "vitest";
import { proxy } from "../../kit/rest-api.ts";
import { useGateway, useUpstream } from "../../kit/use.ts";

const WORKERS = 3;
const REGION = "eu-west-3";
const FUNCTION = `arn:aws:lambda:${REGION}:000000000000:function:guard`;
const asked = { function: 0, upstream: 0 };

beforeEach(() => Object.assign(asked, { function: 0, upstream: 0 }));

async function eventOf(request: IncomingMessage): Promise<{ readonly authorizationToken: string }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as { authorizationToken: string };
}

/** Lambda, whose function allows whoever is "good", and an upstream; both count. */
const upstream = useUpstream(async (request, response) => {
  if (!request.url?.includes("/functions/")) {
    response.end(`${++asked.upstream}`.padEnd(20_000, "."));
    return;
  }
  asked.function++;
  const { authorizationToken: token } = await eventOf(request);
  const statement = {
    Action: "execute-api:Invoke",
    Effect: token === "good" ? "Allow" : "Deny",
    Resource: "*",
  };
  const policyDocument = { Version: "2012-10-17", Statement: [statement] };
  response.end(JSON.stringify({ principalId: token, policyDocument, context: { team: "blue" } }));
});
const gateway = useGateway({
  embeddedOnly: "each node keeps what its workers share for itself",
  env: { TOLLGATE_WORKERS: String(WORKERS) },
});

const deploy = async (settings: object = {}) => {
  await gateway.apply([{ kind: "ServiceEndpoint", id: `lambda.${REGION}`, spec: { url: upstream.origin } }]);
  const guard = { authorizationType: "CUSTOM", authorizerId: "guard1" };
  return gateway.deploy(
    {
      "GET /guarded": { ...proxy(upstream.origin), ...guard },
      "GET /kept": proxy(upstream.origin),
    },
    {
      definitions: [
        {
          kind: "Authorizer",
          id: "guard1",
          spec: {
            type: "TOKEN",
            name: "guard1",
            authorizerUri: `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${FUNCTION}/invocations`,
          },
        },
      ],
      stage: {
        cacheClusterEnabled: true,
        cacheClusterSize: "0.5",
        methodSettings: { "kept/GET": { cachingEnabled: true, ...settings } },
      },
    },
  );
};

/** Calls on a connection each, so that all workers get some. */
const calls = (api: string, path: string, headers: Record<string, string> = {}) =>
  Promise.all(
    Array.from({ length: 16 * WORKERS }, () =>
      gateway.invoke(api, path, { headers: { Connection: "close", ...headers } }),
    ),
  );
const statuses = (replies: readonly { readonly status: number }[]) => [
  ...new Set(replies.map(({ status }) => status)),
];

describe("what the workers of a node share", () => {
  it.each([
    ["good", 200],
    ["evil", 403],
  ])("the function of an authorizer is asked once for the token %s", async (token, status) => {
    const api = await deploy();
    expect(statuses(await calls(api, "/guarded", { Authorization: token }))).toEqual([status]);
    expect(asked.function).toBe(1);
  });

  it.each([false, true])("a response is made once, encrypted: %s", async (cacheDataEncrypted) => {
    const api = await deploy({ cacheDataEncrypted });
    const replies = await calls(api, "/kept");
    expect([statuses(replies), new Set(replies.map(({ body }) => body)).size, asked.upstream]).toEqual([
      [200],
      1,
      1,
    ]);
  });

  it("an entry that is flushed is made once more, for all of them", async () => {
    const api = await deploy();
    await calls(api, "/kept");
    const { revision } = await gateway.deployments.flushStageCache({ apiId: api, stageName: "prod" });
    await gateway.wait(revision);
    await calls(api, "/kept");
    expect(asked.upstream).toBe(2);
  });

  it("the memory that it takes is bounded, and reported", async () => {
    const api = await deploy();
    await calls(api, "/kept");
    const metrics = await gateway.metrics();
    const read = (name: string) =>
      Number(
        new RegExp(`^tollgate_cache_${name}_bytes\\{[^}]*cache="responses"[^}]*\\} (\\S+)$`, "m").exec(
          metrics,
        )?.[1],
      );
    expect(read("limit")).toBe(32 * 1024 * 1024);
    expect(read("size")).toBeGreaterThan(20_000);
    expect(read("size")).toBeLessThan(read("limit"));
  });
});
