import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { GatewayReply } from "../kit/calls.ts";
import type { Gateway } from "../kit/gateway.ts";
import { deployHttpApi, toUrl } from "../kit/http-api.ts";
import { freePort } from "../kit/process.ts";
import { proxy } from "../kit/rest-api.ts";
import { startHttpUpstream } from "../kit/upstream.ts";
import type { AttackArea, AttackCase, AttackGround } from "./area.ts";
import { type Spelling, spellings } from "./egress-spellings.ts";

/** The redirecting upstream is the only one that is allowed. */
const ALLOWED = "127.0.0.3";
const QUICK_COUNT = 16;
/** Nobody listens at some of the addresses: a refusal is at once, a connection that is tried is not. */
const AT_ONCE_MS = 3_000;

/** Tripwire counts connections, on all addresses of this machine. */
interface Tripwire {
  readonly port: number;
  readonly connections: () => number;
}

/** egress: integrations to this machine, its network segment, metadata services and Tollgate itself. Nothing may be connected to. */
export const egress: AttackArea = {
  name: "egress",
  what: "upstreams on this machine, metadata services and Tollgate's own ports, spelled in all ways",
  concurrency: 4,
  async prepare(ground) {
    const tripwire = await setTripwire(ground);
    const adminPort = await freePort();
    const gateway = await ground.gateway({
      TOLLGATE_EGRESS: `allow ${ALLOWED}`,
      TOLLGATE_ADMIN_PORT: String(adminPort),
    });
    return [
      await toOperatorsEndpoint(ground, tripwire),
      ...(await bySpelling(ground, gateway, tripwire)),
      ...(await byWay(ground, gateway, tripwire)),
      ...(await toTollgate(ground, adminPort)),
    ];
  },
};

async function setTripwire({ scope }: AttackGround): Promise<Tripwire> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.end("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\ntripped");
  }).listen(0, "::");
  await once(server, "listening");
  scope.defer(async () => {
    server.close();
    await once(server, "close");
  });
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

function caseOf(
  name: string,
  input: string,
  tripwire: Tripwire,
  call: () => Promise<Pick<GatewayReply, "status" | "body">>,
): AttackCase {
  return {
    name,
    input,
    expectation: "no connection, an error at once",
    attack: async () => {
      const before = tripwire.connections();
      const startedMs = performance.now();
      const { status, body } = await call();
      const tookMs = performance.now() - startedMs;
      if (tripwire.connections() !== before || body.includes("tripped"))
        return "the tripwire was connected to";
      if (status < 400) return `status ${status}`;
      return tookMs > AT_ONCE_MS ? `it took ${tookMs.toFixed(0)} ms` : undefined;
    },
  };
}

/** Each spelling as the host that a caller gives, as one in a URI, and as a stage variable of both protocols. */
async function bySpelling(
  ground: AttackGround,
  gateway: Gateway,
  tripwire: Tripwire,
): Promise<readonly AttackCase[]> {
  const chosen = ground.pick(spellings, QUICK_COUNT).map(({ what, authority }: Spelling) => ({
    what,
    authority: authority.replace("PORT", String(tripwire.port)),
  }));
  const given = {
    integration: {
      type: "HTTP_PROXY",
      uri: "http://{host}/",
      requestParameters: { "integration.request.path.host": "method.request.querystring.host" },
    },
  };
  const parseable = chosen.filter(({ authority }) => URL.canParse(`http://${authority}/`));
  const written = parseable.map(({ authority }, i) => [`GET /u${i}`, proxy(`http://${authority}/`)] as const);
  const varied = chosen.map(
    (_spelling, i) => [`GET /v${i}`, proxy(`http://\${stageVariables.h${i}}/`)] as const,
  );
  const allowedVariable = /^[A-Za-z0-9\-._~:/?#&=,]+$/;
  const variables = Object.fromEntries(
    chosen.flatMap(({ authority }, i) => (allowedVariable.test(authority) ? [[`h${i}`, authority]] : [])),
  );
  const apiId = await gateway.deploy(Object.fromEntries([["GET /given", given], ...written, ...varied]), {
    stage: { variables },
  });
  return [
    ...chosen.map(({ what, authority }) =>
      caseOf(`a caller's host: ${what}`, authority, tripwire, () =>
        gateway.invoke(apiId, `/given?host=${encodeURIComponent(authority)}`),
      ),
    ),
    ...parseable.map(({ what, authority }, i) =>
      caseOf(`a URI: ${what}`, authority, tripwire, () => gateway.invoke(apiId, `/u${i}`)),
    ),
    ...chosen.map(({ what, authority }, i) =>
      caseOf(`a stage variable: ${what}`, authority, tripwire, () => gateway.invoke(apiId, `/v${i}`)),
    ),
  ];
}

const FUNCTION_URI =
  "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:hello/invocations";

/** An API whose routes go to the tripwire by all that an account can name besides URIs of integrations, and one to an upstream that redirects there. */
async function deployWays(gateway: Gateway, origin: string, redirecting: string): Promise<string> {
  await gateway.apply([
    { kind: "ServiceEndpoint", id: "lambda.*", spec: { url: origin } },
    { kind: "ServiceEndpoint", id: "dynamodb.*", spec: { url: origin } },
    { kind: "VpcLink", id: "egress1", spec: { name: "link", targets: [origin] } },
  ]);
  return gateway.deploy(
    {
      "GET /redirected": proxy(redirecting),
      "GET /linked": proxy("http://upstream.test/", { connectionType: "VPC_LINK", connectionId: "egress1" }),
      "GET /function": { integration: { type: "AWS_PROXY", uri: FUNCTION_URI } },
      "GET /service": {
        integration: {
          type: "AWS",
          uri: "arn:aws:apigateway:us-east-1:dynamodb:action/ListTables",
          integrationResponses: { "200": {} },
        },
      },
      "GET /authorized": { ...proxy("http://10.0.0.1/"), authorizationType: "CUSTOM", authorizerId: "asks" },
    },
    {
      definitions: [
        {
          kind: "Authorizer",
          id: "asks",
          spec: {
            name: "asks",
            type: "TOKEN",
            authorizerUri: FUNCTION_URI,
            identitySource: "method.request.header.T",
          },
        },
      ],
    },
  );
}

/** An HTTP API with the tripwire as its upstream, and as the issuer of its tokens. */
const deployIssuer = (gateway: Gateway, origin: string) =>
  deployHttpApi(gateway, {
    routes: {
      "GET /jwt": { integration: toUrl("http://10.0.0.1/"), authorizationType: "JWT", authorizerId: "jwt" },
      "GET /url": { integration: toUrl(`${origin}/`) },
    },
    api: {
      authorizers: {
        jwt: {
          name: "jwt",
          authorizerType: "JWT",
          identitySource: ["$request.header.Authorization"],
          jwtConfiguration: { issuer: origin, audience: ["a"] },
        },
      },
    },
  });

async function byWay(
  ground: AttackGround,
  gateway: Gateway,
  tripwire: Tripwire,
): Promise<readonly AttackCase[]> {
  const origin = `http://127.0.0.1:${tripwire.port}`;
  const redirecting = ground.scope.use(
    await startHttpUpstream(
      (_request, response) => void response.writeHead(307, { Location: `${origin}/` }).end(),
      ALLOWED,
    ),
  );
  const apiId = await deployWays(gateway, origin, redirecting.origin);
  const jwt = await deployIssuer(gateway, origin);
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = `${encoded({ alg: "RS256", kid: "k" })}.${encoded({ iss: origin, aud: "a", exp: 4_000_000_000 })}.AAAA`;
  const ways: readonly (readonly [name: string, call: () => Promise<GatewayReply>])[] = [
    ["a VPC link", () => gateway.invoke(apiId, "/linked")],
    ["an account's endpoint of Lambda", () => gateway.invoke(apiId, "/function")],
    ["an account's endpoint of a service", () => gateway.invoke(apiId, "/service")],
    ["a Lambda authorizer", () => gateway.invoke(apiId, "/authorized", { headers: { T: "t" } })],
    ["an HTTP API's URI", () => jwt.call("/url")],
    ["the keys of an issuer", () => jwt.call("/jwt", { headers: { Authorization: token } })],
  ];
  return [
    ...ways.map(([name, call]) => caseOf(name, origin, tripwire, call)),
    redirectCase(gateway, tripwire, apiId),
    testInvocationCase(gateway, tripwire, origin),
  ];
}

const redirectCase = (gateway: Gateway, tripwire: Tripwire, apiId: string): AttackCase => ({
  name: "a redirect",
  input: "307 to the tripwire",
  expectation: "is passed on to the caller, not followed",
  attack: async () => {
    const before = tripwire.connections();
    const { status } = await gateway.invoke(apiId, "/redirected");
    if (tripwire.connections() !== before) return "was followed";
    return status === 307 ? undefined : `status ${status}`;
  },
});

const testInvocationCase = (gateway: Gateway, tripwire: Tripwire, origin: string): AttackCase => ({
  name: "a test invocation",
  input: origin,
  expectation: "no connection from the control plane",
  attack: async () => {
    const before = tripwire.connections();
    const apiId = await gateway.deploy({ "GET /a": proxy(origin) });
    const { status } = await gateway.tests.testInvokeMethod({
      apiId,
      resourceId: "r0",
      httpMethod: "GET",
      pathWithQueryString: "/a",
    });
    if (tripwire.connections() !== before) return "the tripwire was connected to";
    return status >= 400 ? undefined : `status ${status}`;
  },
});

/** What the operator named for calls of services is denied to the URL of an integration. */
async function toOperatorsEndpoint(ground: AttackGround, tripwire: Tripwire): Promise<AttackCase> {
  const origin = `http://127.0.0.1:${tripwire.port}`;
  const gateway = await ground.gateway({
    AWS_ENDPOINT_URL_LAMBDA: origin,
    TOLLGATE_EGRESS: `allow ${ALLOWED}`,
  });
  const apiId = await gateway.deploy({ "GET /a": proxy(origin) });
  return caseOf("a URI: the operator's endpoint of Lambda", origin, tripwire, () =>
    gateway.invoke(apiId, "/a"),
  );
}

/** Tollgate's own ports are denied also where loopback is allowed. */
async function toTollgate(ground: AttackGround, adminPort: number): Promise<readonly AttackCase[]> {
  const port = await freePort();
  const open = await ground.gateway({ TOLLGATE_EGRESS: "allow any", TOLLGATE_ADMIN_PORT: String(port) });
  const ports = { admin: port, control: open.controlPort, grpc: open.grpcPort, metering: open.meteringPort };
  const apiId = await open.deploy(
    Object.fromEntries(
      Object.entries(ports).map(([name, own]) => [`GET /${name}`, proxy(`http://127.0.0.1:${own}/metrics`)]),
    ),
  );
  // The other gateway's admin port is no part of this one: the rules allow it, which shows that the others were denied for what they are.
  const other = await open.deploy({ "GET /other": proxy(`http://127.0.0.1:${adminPort}/livez`) });
  return [
    ...Object.keys(ports).map((name) => ({
      name: `Tollgate's own port: ${name}`,
      input: "allow any",
      expectation: "is denied",
      attack: async () => {
        const { status } = await open.invoke(apiId, `/${name}`);
        return status === 500 ? undefined : `status ${status}`;
      },
    })),
    {
      name: "another port of this machine",
      input: "allow any",
      expectation: "is allowed",
      attack: async () => {
        const { status } = await open.invoke(other, "/other");
        return status === 200 ? undefined : `status ${status}`;
      },
    },
  ];
}
