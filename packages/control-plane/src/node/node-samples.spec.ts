import { afterEach, describe, expect, it } from "vitest";
import { addService } from "@tollgate/proto/grpc";
import { startGrpcServer } from "@tollgate/proto/grpc-server";
import { SampleService } from "@tollgate/proto/node";
import { type Access, createLogger } from "@tollgate/telemetry";
import { NodeSamples, tokensOfNodes } from "./node-samples.ts";

type AccessToken = ReturnType<NonNullable<Access["tokens"]>>[number];

const OPERATOR: AccessToken = { token: "operators-token", name: "operator", roles: ["admin", "node"] };
const node = (token: string): AccessToken => ({ token, name: "node", roles: ["node"] });
const accessOf = (...tokens: readonly AccessToken[]) => ({
  token: () => OPERATOR.token,
  tokens: () => [OPERATOR, ...tokens],
  tls: undefined,
});

let scope = new AsyncDisposableStack();
afterEach(async () => {
  await scope.disposeAsync();
  scope = new AsyncDisposableStack();
});

/** A node that accepts one token. */
async function startNode(token: string): Promise<string> {
  const server = scope.use(
    await startGrpcServer({
      host: "127.0.0.1",
      port: 0,
      tokens: () => [node(token)],
      tls: undefined,
      services: [SampleService],
      register: (grpc) =>
        addService(grpc, SampleService, {
          listSampledRequests: (_call, reply) => reply(null, { samples: [], population: 1n }),
        }),
    }),
  );
  return `127.0.0.1:${server.port}`;
}

const request = { webAclArn: "arn", metricName: "all", startUnixMs: 0, endUnixMs: 1, limit: 10 };
const logger = createLogger("control-plane", "fatal");

describe("tokens of nodes", () => {
  it("are those that only nodes have, and the own one at last", () => {
    expect(tokensOfNodes(accessOf(node("a"), node("b")))).toEqual(["a", "b", OPERATOR.token]);
  });

  it("are none if nobody is authenticated", () => {
    expect(tokensOfNodes({ token: undefined, tokens: undefined })).toEqual([]);
  });
});

describe("samples", () => {
  it.each([
    ["the operator's", OPERATOR.token],
    ["the first", "nodes-token-one"],
    ["the last", "nodes-token-two"],
  ])("are read from nodes that accept %s token", async (_, token) => {
    const peerAddress = await startNode(token);
    const access = accessOf(node("nodes-token-one"), node("nodes-token-two"));
    const samples = scope.use(new NodeSamples({ access, serverName: undefined, logger }));
    const nodes = [{ nodeId: "one", peerAddress }];
    for (let i = 0; i < 2; i++) expect(await samples.list(nodes, request)).toMatchObject({ population: 1 });
  });

  it("are not read from a node that accepts none of them", async () => {
    const peerAddress = await startNode("another");
    const samples = scope.use(new NodeSamples({ access: accessOf(), serverName: undefined, logger }));
    expect(await samples.list([{ nodeId: "one", peerAddress }], request)).toMatchObject({ population: 0 });
  });
});
