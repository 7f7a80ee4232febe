import { expect, it } from "vitest";
import { newConnectionId } from "@tollgate/pipeline";
import { createLogger } from "@tollgate/telemetry";
import { openPeers, type Peers } from "../../../packages/data-plane/src/node/peers.ts";
import { readSettings } from "../../../packages/data-plane/src/settings.ts";
import { ownerTag } from "../../../packages/data-plane/src/websocket/owner.ts";
import { type Authority, startAuthority } from "../../kit/certificate.ts";
import { use, useScope } from "../../kit/use.ts";

const authority = use(startAuthority);
const stranger = use(startAuthority);
const scope = useScope();
const STATUS = { connectedAtUnixMs: 1, lastActiveAtUnixMs: 2, sourceIp: "192.0.2.1", userAgent: "spec" };

interface NodeOptions {
  /** What its certificate is valid for. */
  readonly names: string;
  /** What it verifies of others; undefined: their addresses. */
  readonly name?: string;
  readonly unit?: string;
  readonly by?: Authority;
  readonly token?: string;
}

/** A node that has any connection it is asked for. */
async function startNode(
  nodeId: string,
  { names, name, unit = "node", by = authority, token }: NodeOptions,
): Promise<Peers> {
  const { certificate, key } = await by.issue(nodeId, unit, names);
  const settings = readSettings({
    TOLLGATE_NODE_ID: nodeId,
    TOLLGATE_TLS_CERT: certificate,
    TOLLGATE_TLS_KEY: key,
    TOLLGATE_TLS_CA: by.file,
    ...(name === undefined ? {} : { TOLLGATE_PEER_NAME: name }),
    ...(token === undefined ? {} : { TOLLGATE_TOKEN: token }),
  });
  const logger = createLogger("spec", "silent");
  const sampled = async () => ({ samples: [], population: 0 });
  const page = () => ({ connections: [], nextAfter: undefined });
  return scope.use(
    await openPeers(settings, { giveOrder: async () => ({ status: STATUS }), page, sampled, logger }),
  );
}

/** What becomes of an order that one node hands to another, which is at an IP address. */
async function ordered(from: NodeOptions, to: NodeOptions): Promise<unknown> {
  const [asking, owner] = await Promise.all([startNode("asking", from), startNode("owner", to)]);
  asking.know([{ nodeId: "owner", address: owner.address }], []);
  const connectionId = newConnectionId(ownerTag({ nodeId: "owner", worker: 0, boot: "boot" }));
  return asking
    .giveOrder({ address: { apiId: "chat000001", stageName: "live", connectionId }, order: { type: "get" } })
    .catch(({ code, details }: { code: number; details: string }) => `${code} ${details}`);
}

const SERVICE = "DNS:release-tollgate-control-plane,DNS:nodes.example";
const NAMED = { names: SERVICE, name: "nodes.example" };
const UNAUTHENTICATED = /^(16|7) /;
const UNAVAILABLE = /^14 /;

it.each<[string, NodeOptions, NodeOptions]>([
  ["for the name that all nodes verify, and for no address", NAMED, NAMED],
  [
    "by any of the names of a wildcard",
    { ...NAMED, name: "a.nodes.example" },
    { names: "DNS:*.nodes.example" },
  ],
  ["for their addresses, without a name", { names: "IP:127.0.0.1" }, { names: "IP:127.0.0.1" }],
  [
    "and a token",
    { ...NAMED, token: "a-token-of-nodes", unit: "any" },
    { ...NAMED, token: "a-token-of-nodes" },
  ],
])("nodes reach each other with certificates %s", async (_what, from, to) => {
  expect(await ordered(from, to)).toEqual({ status: STATUS });
});

it.each<[string, NodeOptions, NodeOptions, RegExp]>([
  ["is not valid for the name", NAMED, { names: "DNS:others.example" }, UNAVAILABLE],
  ["is valid for the address only", NAMED, { names: "IP:127.0.0.1" }, UNAVAILABLE],
  ["is not valid for the address, without a name", { names: SERVICE }, NAMED, UNAVAILABLE],
])("an order is not handed to a node whose certificate %s", async (_what, from, to, refusal) => {
  expect(await ordered(from, to)).toMatch(refusal);
});

it("an order is neither handed to nor taken from a node of another authority", async () => {
  const other = { ...NAMED, by: stranger };
  expect(await ordered(NAMED, other)).toMatch(UNAVAILABLE);
  expect(await ordered(other, NAMED)).toMatch(UNAVAILABLE);
});

it("an order is not taken from a certificate that is not a node's", async () => {
  expect(await ordered({ ...NAMED, unit: "viewer" }, NAMED)).toMatch(UNAUTHENTICATED);
});
