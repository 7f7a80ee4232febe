import { createClient, type ServiceClient } from "@tollgate/proto/grpc";
import { type ListSampledRequestsResponse, type SampledRequest, SampleService } from "@tollgate/proto/node";
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
export function joined(
  responses: readonly Pick<ListSampledRequestsResponse, "samples" | "population">[],
  limit: number,
): InspectedRequests {
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

/** NodeSamples asks the nodes at the addresses by which they reach each other, and shows them the token that nodes have. */
export class NodeSamples implements SampleReader, Disposable {
  readonly #options: NodeSamplesOptions;
  readonly #clients = new Map<string, Client>();

  constructor(options: NodeSamplesOptions) {
    this.#options = options;
  }

  /** Nodes accept their own token only. */
  #token(): string {
    const { token, tokens } = this.#options.access;
    const own = token?.();
    const ofNodes = (tokens?.() ?? []).filter(({ roles }) => roles.includes("node"));
    const isOfNodes = ofNodes.some((one) => one.token === own);
    return (isOfNodes ? own : ofNodes[0]?.token) ?? own ?? "";
  }

  #clientOf(address: string): Client {
    const known = this.#clients.get(address);
    if (known) return known;
    const { access, serverName } = this.#options;
    const { token, tokens, tls } = access;
    const client = createClient(SampleService, {
      address,
      token: (token ?? tokens) ? () => this.#token() : undefined,
      tls,
      serverName,
    });
    this.#clients.set(address, client);
    return client;
  }

  async list(
    nodes: readonly Pick<ClusterNode, "nodeId" | "peerAddress">[],
    { webAclArn, metricName, startUnixMs, endUnixMs, limit }: SampleRequest,
  ): Promise<InspectedRequests> {
    const addresses = new Set(nodes.flatMap(({ peerAddress }) => peerAddress ?? []));
    for (const [address, client] of this.#clients)
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
        this.#clientOf(address)
          .listSampledRequests(request, { deadline: new Date(Date.now() + TIMEOUT_MS) })
          .catch((error: unknown) => {
            this.#options.logger.warn({ address, error: String(error) }, "a node did not return its samples");
            return { samples: [], population: 0n };
          }),
      ),
    );
    return joined(responses, limit);
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients.values()) client.close();
  }
}
