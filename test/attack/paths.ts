import { functionUri, startFunctions, tokenAuthorizer } from "../kit/functions.ts";
import type { Gateway } from "../kit/gateway.ts";
import { deployHttpApi, toUrl } from "../kit/http-api.ts";
import { type MethodSpec, proxy } from "../kit/rest-api.ts";
import type { AttackArea, AttackCase } from "./area.ts";
import { LEGITIMATE, targetsOf } from "./path-targets.ts";
import { type ResolvingUpstream, startResolvingUpstreams } from "./path-upstreams.ts";
import { converse } from "./raw-connection.ts";

const TARGETS = 5_000;
const QUICK_TARGETS = 120;

/** One deployed API, and how a target is written for it. */
interface Deployed {
  readonly name: string;
  readonly host: string;
  readonly stage: string;
  /** Its authorizer tells the upstream what it was asked about; else /admin is protected, and all else is open. */
  readonly isAuthorized: boolean;
}

interface Attacked extends Deployed {
  readonly port: number;
}

/** paths: targets that upstreams resolve to other ones. What was authorized must be what the upstream resolves. */
export const paths: AttackArea = {
  name: "paths",
  what: "request targets that upstreams (nginx, Node, a lenient server) resolve to protected ones",
  concurrency: 16,
  async prepare({ quick, random, scope, gateway }) {
    const functions = scope.use(await startFunctions("arn-authorizer"));
    const upstreams = await startResolvingUpstreams(scope);
    const apis: Attacked[] = [];
    for (const setting of quick ? ["refuse"] : ["refuse", "normalize"]) {
      const attacked = await gateway({ ...functions.env, TOLLGATE_AMBIGUOUS_PATHS: setting });
      for (const upstream of upstreams) {
        const deployed = [
          ...(await deployRest(attacked, upstream)),
          ...(await deployHttp(attacked, upstream)),
        ];
        const port = attacked.httpPort;
        const meant = deployed.filter(({ isAuthorized }) => !(isAuthorized && upstream.isLenient));
        apis.push(...meant.map((api) => ({ ...api, name: `${api.name}, ${setting}`, port })));
      }
    }
    return targetsOf(quick ? QUICK_TARGETS : TARGETS, random).map((target) => caseOf(target, apis));
  },
};

const IAM = { authorizationType: "AWS_IAM" };

async function deployRest(gateway: Gateway, { name, origin }: ResolvingUpstream): Promise<Deployed[]> {
  const own = (method: MethodSpec, more: object): MethodSpec => ({ ...method, ...more });
  const mixed = await gateway.deploy({
    "GET /admin": own(proxy(`${origin}/admin`), IAM),
    "GET /admin/{rest+}": own(proxy(`${origin}/admin/{rest}`), IAM),
    "GET /pub/{rest+}": proxy(`${origin}/pub/{rest}`),
    "GET /items/{id}": proxy(`${origin}/items/{id}`),
    "GET /{proxy+}": proxy(`${origin}/{proxy}`),
  });
  const told = proxy(`${origin}/{proxy}`, {
    requestParameters: {
      "integration.request.path.proxy": "method.request.path.proxy",
      "integration.request.header.X-Arn": "context.authorizer.arn",
    },
  });
  const authorizer = tokenAuthorizer("arn");
  const authorized = await gateway.deploy(
    { "GET /{proxy+}": own(told, { authorizationType: "CUSTOM", authorizerId: "arn" }) },
    {
      definitions: [
        { ...authorizer, spec: { ...authorizer.spec, authorizerUri: functionUri("arn-authorizer") } },
      ],
    },
  );
  const place = (apiId: string, isAuthorized: boolean): Deployed => ({
    name: `REST, ${name}`,
    host: `${apiId}.execute-api.local`,
    stage: "/prod",
    isAuthorized,
  });
  return [place(mixed, false), place(authorized, true)];
}

async function deployHttp(gateway: Gateway, { name, origin }: ResolvingUpstream): Promise<Deployed[]> {
  const open = (uri: string) => ({
    integration: toUrl(uri, { integrationMethod: "ANY", payloadFormatVersion: "1.0" }),
  });
  const mixed = await deployHttpApi(gateway, {
    routes: {
      "GET /admin": { ...open(`${origin}/admin`), ...IAM },
      "GET /admin/{rest+}": { ...open(`${origin}/admin/{rest}`), ...IAM },
      "GET /pub/{rest+}": open(`${origin}/pub/{rest}`),
      "GET /items/{id}": open(`${origin}/items/{id}`),
      $default: open(origin),
    },
  });
  const requestParameters = { "overwrite:header.X-Arn": "$context.authorizer.arn" };
  const authorized = await deployHttpApi(gateway, {
    routes: {
      $default: {
        integration: toUrl(origin, {
          integrationMethod: "ANY",
          payloadFormatVersion: "1.0",
          requestParameters,
        }),
        authorizationType: "CUSTOM",
        authorizerId: "arn",
      },
    },
    api: {
      authorizers: {
        arn: {
          name: "arn",
          authorizerType: "REQUEST",
          authorizerUri: functionUri("arn-authorizer"),
          identitySource: ["$request.header.Authorization"],
          authorizerPayloadFormatVersion: "1.0",
          authorizerResultTtlInSeconds: 0,
        },
      },
    },
  });
  const place = (apiId: string, isAuthorized: boolean): Deployed => ({
    name: `HTTP, ${name}`,
    host: `${apiId}.execute-api.local`,
    stage: "",
    isAuthorized,
  });
  return [place(mixed.apiId, false), place(authorized.apiId, true)];
}

function caseOf(target: string, apis: readonly Attacked[]): AttackCase {
  return {
    name: target,
    input: `GET ${target}`,
    expectation: LEGITIMATE.includes(target)
      ? "200, for the resource that the upstream resolves"
      : "refused, or authorized for the resource that the upstream resolves",
    async attack() {
      const happened: string[] = [];
      for (const api of apis) {
        const what = await attackApi(target, api);
        if (what !== undefined) happened.push(`${api.name}: ${what}`);
      }
      return happened.length === 0 ? undefined : happened.join("; ");
    },
  };
}

async function attackApi(
  target: string,
  { host, stage, isAuthorized, port }: Attacked,
): Promise<string | undefined> {
  const [, scheme = "", path = target] = /^(https?:\/\/)[^/]*(\/.*)$/.exec(target) ?? [];
  const line = scheme === "" ? target.replace(/^\//, `${stage}/`) : `${scheme}${host}${stage}${path}`;
  const head = `GET ${line} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: x\r\n\r\n`;
  const { received, statuses } = await converse(port, head, { responses: 1, silenceMs: 5_000 });
  if (statuses[0] !== 200)
    return LEGITIMATE.includes(target)
      ? `${received.split("\r\n")[0]} for a path that AWS's clients send`
      : undefined;
  const [arn = "", resolved = ""] = (received.split("\r\n\r\n")[1] ?? "").split(/\n(.*)/s);
  if (!isAuthorized)
    return /^\/admin(\/.+)?$/.test(resolved) ? `reached ${resolved} without authorization` : undefined;
  const authorized = latin1Decoded(arn.split("/").slice(3).join("/"));
  return authorized === resolved.replace(/^\/+|\/+$/g, "")
    ? undefined
    : `authorized ${authorized}, reached ${resolved}`;
}

const latin1Decoded = (text: string): string =>
  text.replace(/%([0-9A-F]{2})/g, (_octet, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
