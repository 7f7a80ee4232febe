import { createClient, type ServiceClient } from "@tollgate/proto/grpc";
import { type ListSampledRequestsResponse, type SampledRequest, SampleService } from "@tollgate/proto/node";
import { RpcCode } from "@tollgate/proto/rpc";
import type { Access, Logger } from "@tollgate/telemetry";
import type { ClusterNode } from "./node-directory.ts";

const TIMEOUT_MS = 2_000;

/** SampleRequest names a rule of a web ACL by what it is counted as, and a time. */
export interface SampleRequest {
  readonly webAclArn: string;
  readonly metricName: string;
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  readonly limit: number;
}

type Headers = readonly (readonly [name: string, value: string])[];

/** InspectedRequest is a request that a node inspected, and what the rule did with it. */
export interface InspectedRequest
  extends Pick<
    SampledRequest,
    "clientIp" | "method" | "uri" | "httpVersion" | "weight" | "action" | "labels"
  > {
  readonly unixMs: number;
  readonly headers: Headers;
  readonly insertedHeaders: Headers;
  readonly ruleNameInGroup: string | undefined;
  readonly responseCode: number | undefined;
}

/** InspectedRequests are samples, the last one first, and how many requests they stand for. */
export interface InspectedRequests {
  readonly samples: readonly InspectedRequest[];
  readonly population: number;
}

export interface NodeSamplesOptions {
  readonly access: Pick<Access, "token" | "tokens" | "tls">;
  /** The name in the certificates of nodes; undefined: the host of each node's address. */
  readonly serverName: string | undefined;
  readonly logger: Logger;
}

/** SampleReader reads what nodes inspected. */
export interface SampleReader {
  /** Nodes that cannot be reached are passed over. */
  list(
    nodes: readonly Pick<ClusterNode, "nodeId" | "peerAddress">[],
    request: SampleRequest,
  ): Promise<InspectedRequests>;
}

type Client = ServiceClient<typeof SampleService>;
type RequestOfSamples = Parameters<Client["listSampledRequests"]>[0];
type Samples = Pick<ListSampledRequestsResponse, "samples" | "population">;

const shownHeaders = (headers: SampledRequest["headers"]) =>
  headers.map(({ name, value }) => [name, value] as const);

const shownSample = ({
  timeUnixMs,
  headers,
  insertedHeaders,
  ruleNameInGroup,
  responseCode,
  ...sample
}: SampledRequest): InspectedRequest => ({
  ...sample,
  unixMs: Number(timeUnixMs),
  headers: shownHeaders(headers),
  insertedHeaders: shownHeaders(insertedHeaders),
  ruleNameInGroup: ruleNameInGroup === "" ? undefined : ruleNameInGroup,
  responseCode: responseCode === 0 ? undefined : responseCode,
});

/** joined are the samples of all nodes, the last one first. Where they are more than the limit, those that stay stand for the others. */
export function joined(responses: readonly Samples[], limit: number): InspectedRequests {
  const all = responses
    .flatMap(({ samples }) => samples)
    .sort((a, b) => Number(b.timeUnixMs - a.timeUnixMs))
    .map(shownSample);
  const step = Math.max(1, all.length / limit);
  return {
    population: responses.reduce((sum, { population }) => sum + Number(population), 0),
    samples: all
      .filter((_, i) => Math.floor(i / step) > Math.floor((i - 1) / step))
      .map((sample) => ({ ...sample, weight: sample.weight * step })),
  };
}

/** tokensOfNodes are the tokens that a node may accept, the likeliest one first: those that only nodes have, and the own one where nodes have it too. */
export function tokensOfNodes({ token, tokens }: Pick<Access, "token" | "tokens">): readonly string[] {
  const ofNodesOnly = (tokens?.() ?? []).filter(({ roles }) => roles.every((role) => role === "node"));
  const own = token?.();
  return [...ofNodesOnly.map((one) => one.token), ...(own === undefined ? [] : [own])];
}

/** A connection to a node, and which of the tokens it accepts: a node accepts its own one only. */
interface NodeClient {
  readonly client: Client;
  token: string | undefined;
}

/** NodeSamples asks the nodes at the addresses by which they reach each other, and shows them a token that nodes have. */
export class NodeSamples implements SampleReader, Disposable {
  readonly #options: NodeSamplesOptions;
  readonly #clients = new Map<string, NodeClient>();

  constructor(options: NodeSamplesOptions) {
    this.#options = options;
  }

  #clientOf(address: string): NodeClient {
    const known = this.#clients.get(address);
    if (known) return known;
    const { access, serverName } = this.#options;
    const made: NodeClient = {
      client: createClient(SampleService, {
        address,
        token: () => made.token ?? "",
        tls: access.tls,
        serverName,
      }),
      token: undefined,
    };
    this.#clients.set(address, made);
    return made;
  }

  /** Asks a node with the token that it accepted last, or with each one until it accepts one: tokens are replaced node by node. */
  async #ask(address: string, request: RequestOfSamples): Promise<Samples> {
    const node = this.#clientOf(address);
    const candidates = tokensOfNodes(this.#options.access);
    const isKnown = node.token !== undefined && candidates.includes(node.token);
    const [first, ...others] = isKnown
      ? [node.token, ...candidates.filter((token) => token !== node.token)]
      : candidates;
    const deadline = new Date(Date.now() + TIMEOUT_MS);
    const ask = (token: string | undefined) => {
      node.token = token;
      return node.client.listSampledRequests(request, { deadline });
    };
    let response = ask(first);
    for (const token of others)
      response = response.catch((error: { code?: number }) => {
        if (error.code !== RpcCode.UNAUTHENTICATED) throw error;
        return ask(token);
      });
    return await response;
  }

  async list(
    nodes: readonly Pick<ClusterNode, "nodeId" | "peerAddress">[],
    { webAclArn, metricName, startUnixMs, endUnixMs, limit }: SampleRequest,
  ): Promise<InspectedRequests> {
    const addresses = new Set(nodes.flatMap(({ peerAddress }) => peerAddress ?? []));
    for (const [address, { client }] of this.#clients)
      if (!addresses.has(address)) {
        client.close();
        this.#clients.delete(address);
      }
    const request = {
      webAclArn,
      metricName,
      startTimeUnixMs: BigInt(startUnixMs),
      endTimeUnixMs: BigInt(endUnixMs),
      limit,
    };
    const responses = await Promise.all(
      [...addresses].map((address) =>
        this.#ask(address, request).catch((error: unknown): Samples => {
          this.#options.logger.warn({ address, error: String(error) }, "a node did not return its samples");
          return { samples: [], population: 0n };
        }),
      ),
    );
    return joined(responses, limit);
  }

  [Symbol.dispose](): void {
    for (const { client } of this.#clients.values()) client.close();
  }
}
