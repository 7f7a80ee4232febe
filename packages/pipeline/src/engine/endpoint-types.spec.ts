import { beforeAll, describe, expect, it } from "vitest";
import { domainAccess } from "../authorization/domain-access.ts";
import { Call } from "../call/call.ts";
import type { CallInit } from "../call/call-init.ts";
import { WholeExchange } from "../call/whole-exchange.ts";
import { restRoute } from "../kit/index.ts";
import { nullPorts } from "./ports.ts";
import { type LiveDomain, Router } from "./router.ts";
import { respond, run } from "./run.ts";
import type { LiveStage } from "./stage.ts";

/** Where calls come in. */
type Entrance = Pick<CallInit, "network" | "edge">;
const LISTENERS: Readonly<Record<string, Entrance>> = {
  public: {},
  edge: { edge: { name: "edge-1", address: "10.9.9.9" } },
  "vpce-1a": { network: { vpcEndpointId: "vpce-1a" } },
  "vpce-2b": { network: { vpcEndpointId: "vpce-2b" } },
  "no endpoint": { network: { vpcEndpointId: undefined } },
};
const PUBLIC_LISTENERS = ["public", "edge"];
const PRIVATE_LISTENERS = ["vpce-1a", "vpce-2b", "no endpoint"];

const statement = (Effect: string, Condition: object = {}) => ({
  Effect,
  Principal: "*",
  Action: "execute-api:Invoke",
  Resource: "execute-api:/*",
  Condition,
});
const but = (Condition: object) => [statement("Allow"), statement("Deny", Condition)];

/** Policies of APIs, and the listeners whose calls each of them allows, as AWS's conditions read: keys that a call does not have are not equal to anything. */
const POLICIES: Readonly<Record<string, { readonly document?: object; readonly allows: readonly string[] }>> =
  {
    none: { allows: [...PUBLIC_LISTENERS, ...PRIVATE_LISTENERS] },
    all: {
      document: { Statement: [statement("Allow")] },
      allows: [...PUBLIC_LISTENERS, ...PRIVATE_LISTENERS],
    },
    "its endpoint": {
      document: { Statement: [statement("Allow", { StringEquals: { "aws:SourceVpce": "vpce-1a" } })] },
      allows: ["vpce-1a"],
    },
    "not its endpoint": {
      document: { Statement: but({ StringEquals: { "aws:SourceVpce": "vpce-1a" } }) },
      allows: [...PUBLIC_LISTENERS, "vpce-2b", "no endpoint"],
    },
    "its VPC": {
      document: { Statement: but({ StringNotEquals: { "aws:SourceVpc": "vpc-1" } }) },
      allows: ["vpce-1a"],
    },
    "an address of its network": {
      document: { Statement: [statement("Allow", { IpAddress: { "aws:VpcSourceIp": "10.0.0.0/8" } })] },
      allows: PRIVATE_LISTENERS,
    },
    "an address of the Internet": {
      document: { Statement: [statement("Allow", { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } })] },
      allows: PUBLIC_LISTENERS,
    },
  };

const TYPES = ["REGIONAL", "EDGE", "PRIVATE"] as const;
type EndpointType = (typeof TYPES)[number];

/**
 * Forms of addresses, and the listeners at which each leads to a private API, and to a regional one; where it leads from the public listener to an
 * edge-optimized one, it does from edge nodes, too.
 */
const FORMS: Readonly<
  Record<
    string,
    {
      readonly host: (api: string) => string;
      readonly path?: (api: string) => string;
      readonly named?: true;
      readonly toPrivate: readonly string[];
      readonly toPublic: readonly string[];
      /** The endpoint type of the domain decides for edge nodes, and not that of the API. */
      readonly isOfDomain?: true;
    }
  >
> = {
  host: {
    host: (api) => `${api}.execute-api.us-east-1.amazonaws.com`,
    toPrivate: PRIVATE_LISTENERS,
    toPublic: ["public"],
  },
  path: {
    host: () => "localhost:8080",
    path: (api) => `/_aws/execute-api/${api}/test`,
    toPrivate: PRIVATE_LISTENERS,
    toPublic: ["public"],
  },
  "host of the endpoint": {
    host: () => "vpce-1a-0123abcd.execute-api.us-east-1.vpce.amazonaws.com",
    named: true,
    toPrivate: ["vpce-1a"],
    toPublic: [],
  },
  "host of the endpoint, with the Host of the API": {
    host: (api) => `${api}.execute-api.us-east-1.amazonaws.com`,
    named: true,
    toPrivate: PRIVATE_LISTENERS,
    toPublic: ["public"],
  },
  "host of the API and its endpoint": {
    host: (api) => `${api}-vpce-1a.execute-api.us-east-1.amazonaws.com`,
    toPrivate: ["vpce-1a"],
    toPublic: [],
  },
  "host of the API and another endpoint": {
    host: (api) => `${api}-vpce-2b.execute-api.us-east-1.amazonaws.com`,
    toPrivate: [],
    toPublic: [],
  },
  "public domain": {
    host: (api) => `${api}.example.com`,
    path: () => "",
    toPrivate: [],
    toPublic: ["public"],
    isOfDomain: true,
  },
  "edge-optimized domain": {
    host: (api) => `${api}.edge.example.com`,
    path: () => "",
    toPrivate: [],
    toPublic: PUBLIC_LISTENERS,
    isOfDomain: true,
  },
  "private domain": {
    host: (api) => `${api}.private.example.com`,
    path: () => "",
    toPrivate: ["vpce-1a"],
    toPublic: [],
  },
};

const apiOf = (type: EndpointType, policy: string): string =>
  `${type.toLowerCase()}${Object.keys(POLICIES).indexOf(policy)}`;

async function stageOf(type: EndpointType, document: object | undefined, apiId: string): Promise<LiveStage> {
  const integration = {
    type: "MOCK",
    requestTemplates: { "application/json": '{"statusCode": 200}' },
    integrationResponses: { "200": {} },
  };
  const policy = document && JSON.stringify({ Version: "2012-10-17", ...document });
  const vpcEndpointIds = type === "PRIVATE" ? { vpcEndpointIds: ["vpce-1a"] } : {};
  const route = restRoute(
    "GET /pets",
    { integration },
    {
      apiId,
      api: { endpointConfiguration: { types: [type], ...vpcEndpointIds }, ...(policy ? { policy } : {}) },
      account: { vpcEndpoints: { "vpce-1a": "vpc-1", "vpce-2b": "vpc-2" } },
    },
  );
  const outcome = await route.compile(nullPorts);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
  return outcome.stage;
}

function domainOf(domainName: string, apiId: string, type: EndpointType): LiveDomain {
  const place = { domainName, accountId: "000000000000", region: "us-east-1", vpcs: {} };
  const policy = JSON.stringify({ Statement: [statement("Allow")] });
  return {
    domainName,
    owner: undefined,
    mappings: [{ basePath: "", apiId, stage: "test" }],
    wantsClientCertificate: false,
    access: type === "PRIVATE" ? domainAccess({ ...place, policy, vpcEndpointIds: ["vpce-1a"] }) : undefined,
    isEdgeOptimized: type === "EDGE",
    isStrict: false,
  };
}

const router = new Router();
beforeAll(async () => {
  const stages = new Map<string, ReadonlyMap<string, LiveStage>>();
  const domains: LiveDomain[] = [];
  for (const type of TYPES)
    for (const [policy, { document }] of Object.entries(POLICIES)) {
      const apiId = apiOf(type, policy);
      stages.set(apiId, new Map([["test", await stageOf(type, document, apiId)]]));
      domains.push(domainOf(`${apiId}.example.com`, apiId, "REGIONAL"));
      domains.push(domainOf(`${apiId}.edge.example.com`, apiId, "EDGE"));
      domains.push(domainOf(`${apiId}.private.example.com`, apiId, "PRIVATE"));
    }
  router.generation = { stages, domains: new Map(domains.map((one) => [one.domainName, one])) };
});

async function statusOf(host: string, url: string, headers: readonly string[], entrance: Entrance) {
  const exchange = new WholeExchange(Buffer.alloc(0));
  const call = new Call({
    method: "GET",
    url,
    headers: ["Host", host, ...headers],
    exchange,
    sourceIp: "10.1.2.3",
    protocol: "HTTP/1.1",
    tls: undefined,
    ...entrance,
    scheme: "https",
    port: 443,
    nowMs: 0,
    unixMs: 0,
  });
  const reply = router.route(call);
  if (reply) await respond(call, reply);
  else if (call.route)
    await run(call, call.route, (error) => {
      throw error;
    });
  return (await exchange.response).status;
}

describe.each(TYPES)("an API of the type %s", (type) => {
  describe.each(Object.keys(FORMS))("by its %s", (form) => {
    it.each(Object.keys(POLICIES))("with a policy that allows %s", async (policy) => {
      const api = apiOf(type, policy);
      const {
        host,
        path = () => "/test",
        named,
        toPrivate,
        toPublic,
        isOfDomain,
      } = FORMS[form] as (typeof FORMS)[string];
      const statuses: Record<string, number> = {};
      for (const [listener, entrance] of Object.entries(LISTENERS)) {
        const headers = named ? ["x-apigw-api-id", api] : [];
        statuses[listener] = await statusOf(host(api), `${path(api)}/pets`, headers, entrance);
      }
      const toEdge = type === "EDGE" && toPublic.length > 0 && !isOfDomain ? ["edge"] : [];
      const led = type === "PRIVATE" ? toPrivate : [...toPublic, ...toEdge];
      const wanted = Object.keys(LISTENERS).map((listener) => [
        listener,
        led.includes(listener) && POLICIES[policy]?.allows.includes(listener) ? 200 : 403,
      ]);
      expect(statuses).toEqual(Object.fromEntries(wanted));
    });
  });
});
