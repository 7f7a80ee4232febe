import type { IncomingMessage, ServerResponse } from "node:http";
import { proxy } from "../kit/rest-api.ts";
import { startHttpUpstream } from "../kit/upstream.ts";
import type { AttackArea, AttackCase, AttackGround } from "./area.ts";
import { converse } from "./raw-connection.ts";

const QUICK_COUNT = 30;
const COUNT = 200;
const REGION = "eu-north-1";
const FUNCTION = `arn:aws:lambda:${REGION}:000000000000:function:guard`;
const URI = `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${FUNCTION}/invocations`;

interface Event {
  readonly headers: Readonly<Record<string, string>>;
  readonly queryStringParameters: Readonly<Record<string, string>>;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** The guard allows whoever it sees to be "good": by the header as it spells it, or by the parameter. */
function guard({ headers, queryStringParameters }: Event): object {
  const isGood = headers["X-Token"] === "good" || queryStringParameters.token === "good";
  const statement = { Effect: isGood ? "Allow" : "Deny", Action: "execute-api:Invoke", Resource: "*" };
  return { principalId: "p", policyDocument: { Version: "2012-10-17", Statement: [statement] } };
}

/** Lambda, and an upstream that says which X-Tenant it took: the first, as Node's own server does for some names. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = await textOf(request);
  if (request.url?.includes("/functions/")) {
    response.end(JSON.stringify(guard(JSON.parse(text) as Event)));
    return;
  }
  const { rawHeaders } = request;
  const at = rawHeaders.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === "x-tenant");
  response.end(`tenant=${at < 0 ? "" : rawHeaders[at + 1]};`);
}

const guarded = (origin: string, authorizerId: string) => ({
  ...proxy(origin),
  authorizationType: "CUSTOM",
  authorizerId,
});
const authorizer = (id: string, identitySource: string, ttl: number) => ({
  kind: "Authorizer",
  id,
  spec: {
    name: id,
    type: "REQUEST",
    authorizerUri: URI,
    identitySource,
    authorizerResultTtlInSeconds: ttl,
  },
});
const TOKEN = "method.request.header.X-Token";
const PARAMETER = "method.request.querystring.token";

/** caches: what one caller leaves in a cache must not be another's. */
export const caches: AttackArea = {
  name: "caches",
  what: "callers who want what others left in the caches of authorizers and responses",
  concurrency: 1,
  async prepare(ground) {
    const { origin } = ground.scope.use(await startHttpUpstream(answer));
    const gateway = await ground.gateway();
    await gateway.apply([{ kind: "ServiceEndpoint", id: `lambda.${REGION}`, spec: { url: origin } }]);
    const tenant = "method.request.header.X-Tenant";
    const apiId = await gateway.deploy(
      {
        "GET /header/kept": guarded(origin, "hkept1"),
        "GET /header/asked": guarded(origin, "hask01"),
        "GET /query/kept": guarded(origin, "qkept1"),
        "GET /query/asked": guarded(origin, "qask01"),
        "GET /tenant": {
          ...proxy(origin, { cacheKeyParameters: [tenant] }),
          requestParameters: { [tenant]: false },
        },
      },
      {
        definitions: [
          authorizer("hkept1", TOKEN, 300),
          authorizer("hask01", TOKEN, 0),
          authorizer("qkept1", PARAMETER, 300),
          authorizer("qask01", PARAMETER, 0),
        ],
        stage: {
          cacheClusterEnabled: true,
          cacheClusterSize: "0.5",
          methodSettings: {
            "*/*": { cachingEnabled: false },
            "tenant/GET": { cachingEnabled: true },
          },
        },
      },
    );
    const send = async (path: string, headers: readonly string[]) => {
      const address = `/_aws/execute-api/${apiId}/prod${path}`;
      const lines = headers.map((header) => `${header}\r\n`).join("");
      const bytes = `GET ${address} HTTP/1.1\r\nHost: gateway.local\r\n${lines}\r\n`;
      const { statuses, received } = await converse(gateway.httpPort, bytes, { responses: 1 });
      return { status: statuses.at(-1), body: received.slice(received.indexOf("\r\n\r\n")) };
    };
    const count = ground.quick ? QUICK_COUNT : COUNT;
    return Array.from({ length: count }, () => caseOf(ground, send));
  },
};

type Send = (
  path: string,
  headers: readonly string[],
) => Promise<{ status: number | undefined; body: string }>;

const VALUES = ["good", "evil", "", "good,evil", "evil, good", '"good"'];
const NAMES = ["X-Token", "x-token", "X-TOKEN"];

function caseOf({ random }: AttackGround, send: Send): AttackCase {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const several = <T>(make: () => T): readonly T[] => Array.from({ length: pick([1, 1, 2, 2, 3]) }, make);
  switch (pick(["header", "query", "tenant"])) {
    case "header":
      return guardedCase(
        "header",
        several(() => `${pick(NAMES)}: ${pick(VALUES)}`),
        "",
        send,
      );
    case "query": {
      const pairs = several(() => `${pick(["token", "%74oken"])}=${encodeURIComponent(pick(VALUES))}`);
      return guardedCase("query", [], `?${pairs.join(pick(["&", ";"]))}`, send);
    }
    default:
      return tenantCase(
        several(() => `${pick(["X-Tenant", "x-tenant"])}: ${pick(["a", "b", "a,b"])}`),
        send,
      );
  }
}

const guardedCase = (place: string, headers: readonly string[], query: string, send: Send): AttackCase => ({
  name: `an authorizer that identifies by a ${place}`,
  input: [query, ...headers].join(" | "),
  expectation: "with a cache the same status as without one",
  async attack() {
    const [kept, asked] = [
      await send(`/${place}/kept${query}`, headers),
      await send(`/${place}/asked${query}`, headers),
    ];
    return kept.status === asked.status
      ? undefined
      : `${kept.status} with the cache, ${asked.status} without`;
  },
});

const tenantCase = (headers: readonly string[], send: Send): AttackCase => ({
  name: "a response that is kept for each tenant",
  input: headers.join(" | "),
  expectation: "the response of the tenant that the upstream takes",
  async attack() {
    const taken = headers[0]?.replace(/^.*?: /, "");
    const { body } = await send("/tenant", headers);
    return body.includes(`tenant=${taken};`) ? undefined : `the response is ${body.trim()}`;
  },
});
