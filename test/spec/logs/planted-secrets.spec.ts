import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { ACCESS_LOG_VARIABLES } from "@tollgate/config";
import { tollgate } from "../../kit/cli.ts";
import { openGateway } from "../../kit/gateway.ts";
import { freePort, startProcess, until } from "../../kit/process.ts";
import { mock, proxy } from "../../kit/rest-api.ts";
import { readBody } from "../../kit/upstream.ts";
import { use, useBoto, useUpstream } from "../../kit/use.ts";

const ENTRY = fileURLToPath(new URL("../../../packages/standalone/src/main.ts", import.meta.url));

/** All of it starts in one process. */
const STARTED_MS = 240_000;

/** A Tollgate in a process of its own: what it prints and what it keeps can be looked at. */
async function startApart() {
  const scope = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), "tollgate-planted-"));
  scope.defer(() => rmSync(home, { recursive: true, force: true }));
  const [http, https, grpc, control, metering, admin] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const child = startProcess(process.execPath, [ENTRY], {
    env: {
      PATH: process.env.PATH,
      NO_COLOR: "1",
      TOLLGATE_HOME: home,
      TOLLGATE_WORKERS: "1",
      TOLLGATE_LOG_LEVEL: "debug",
      TOLLGATE_HTTP_PORT: String(http),
      TOLLGATE_HTTPS_PORT: String(https),
      TOLLGATE_GRPC_PORT: String(grpc),
      TOLLGATE_CONTROL_PORT: String(control),
      TOLLGATE_METERING_PORT: String(metering),
      TOLLGATE_ADMIN_PORT: String(admin),
    },
  });
  scope.use(child);
  await until(
    () => child.output(),
    () => child.output().includes("ready {"),
    STARTED_MS,
  );
  const gateway = openGateway({
    httpPorts: [http],
    adminPorts: [admin],
    grpcPort: grpc,
    controlPort: control,
    meteringPort: metering,
    rootKey: undefined,
    token: undefined,
    [Symbol.asyncDispose]: () => scope.disposeAsync(),
  });
  return { ...gateway, home, output: child.output };
}

const gateway = use(startApart);
const boto = useBoto(gateway);
const RESPONDED = "planted5respondedsecret";
const upstream = useUpstream(async (request, response) => {
  await readBody(request);
  response.writeHead(200, { "content-type": "application/json", "set-cookie": `sid=${RESPONDED}` });
  response.end(JSON.stringify({ user: { keys: [1] }, refreshToken: { v: { w: RESPONDED } } }));
});

interface Planted {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: string;
}

const part = (name: string, content: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`;
const json = { "Content-Type": "application/json" };

/** Where callers put secrets. */
const PLACES: Readonly<Record<string, (secret: string) => Planted>> = {
  "a bearer token": (secret) => ({ headers: { Authorization: `Bearer ${secret}` } }),
  "a JWT": (secret) => ({ headers: { Authorization: `Bearer eyJhbGciOiJIUzI1NiJ9.${secret}.${secret}` } }),
  "a password of Basic": (secret) => ({ headers: { Authorization: `Basic ${secret}` } }),
  "a signature in headers": (secret) => ({
    headers: {
      Authorization: `AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=${secret}`,
      "X-Amz-Security-Token": secret,
    },
  }),
  "a signature in the query string": (secret) => ({
    query: `X-Amz-Signature=${secret}&X-Amz-Security-Token=${secret}`,
  }),
  cookies: (secret) => ({ headers: { Cookie: `sid=${secret}; other=${secret}` } }),
  "an API key": (secret) => ({ headers: { "X-Api-Key": secret } }),
  "a token in the query string": (secret) => ({ query: `access_token=${secret}&a=1` }),
  "a member of JSON": (secret) => ({ headers: json, body: JSON.stringify({ a: [{ password: secret }] }) }),
  "a member of JSON behind nested ones": (secret) => ({
    headers: json,
    body: JSON.stringify({ token: { a: { b: { c: 1 } }, d: [[1], { e: secret }] } }),
  }),
  "JSON in a string of JSON": (secret) => ({
    headers: json,
    body: JSON.stringify({ event: JSON.stringify({ secret: { a: {}, b: secret } }) }),
  }),
  "a form": (secret) => ({
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: `user=ada&password=${secret}&n=1`,
  }),
  "members of a form": (secret) => ({
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: `user[password]=a,${secret}&user%5BdbPassword%5D=a;${secret}&payload=%7B%22token%22%3A%22${secret}%22%7D`,
  }),
  "headers that a body has": (secret) => ({
    headers: { ...json, "X-Vault-Token": `Bearer ${secret}` },
    body: JSON.stringify({ payload: { Authorization: `Bearer ${secret}`, "x-api-key": secret } }),
  }),
  "a part of a form": (secret) => ({
    headers: { "Content-Type": "multipart/form-data; boundary=b" },
    body: `${part("user", "ada")}${part("password", secret)}${part("n", "1")}--b--\r\n`,
  }),
  XML: (secret) => ({
    headers: { "Content-Type": "application/xml" },
    body: `<a><token><b>1</b><c>${secret}</c></token></a>`,
  }),
};
const secretOf = (place: string, target: string) =>
  `planted${place.replaceAll(/\W/g, "")}0${target.replaceAll(/\W/g, "")}0secret`;

const PATHS = ["/passed", "/mocked", "/away", "/checked", "/guarded", "/missing"] as const;
/** What operators write into values of the config that anybody who may read the config is shown: AWS shows them, too. */
const OPERATORS = { variable: "planted5stagevariable", header: "planted5integrationheader" };
/** What operators write into values that are sealed. */
const SEALED = { "the value of an API key": "planted5sealedvalueofanapikey" };
/** The config: the store, and what a node starts with while no control plane can be reached. */
const CONFIG = /^(?:control-plane\/config\.db(?:-wal)?|data-plane\/[^/]+\/snapshot\.bin)$/;
const SECRETS: readonly (readonly [place: string, secret: string])[] = [
  ...Object.keys(PLACES).flatMap((place) =>
    PATHS.map((path) => [`${place}, ${path}`, secretOf(place, path)] as const),
  ),
  ["a response of an upstream", RESPONDED],
  ...Object.entries(OPERATORS),
  ...Object.entries(SEALED),
];

interface KeptFile {
  readonly path: string;
  readonly mode: number;
  readonly text: string;
}

/** All files that the processes keep now. */
const keptFiles = (): readonly KeptFile[] =>
  readdirSync(gateway.home, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .map((file) => ({
      path: relative(gateway.home, file),
      mode: statSync(file).mode & 0o777,
      text: readFileSync(file, "latin1"),
    }));

/** The places whose secrets are in a text. */
const leaksIn = (text: string) =>
  SECRETS.flatMap(([place, secret]) => (text.includes(secret) ? [place] : []));

const GROUP = "/planted/calls";
const accessLogSettings = {
  destinationArn: `arn:aws:logs:us-east-1:000000000000:log-group:${GROUP}`,
  format: [...ACCESS_LOG_VARIABLES]
    .flatMap(([name, of]) => (of.includes("REST") ? [`$context.${name}`] : []))
    .join(" "),
};

const messages = async (logGroupName: string): Promise<string[]> => {
  const found: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await boto.as("logs").call("filter_log_events", {
      logGroupName,
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    found.push(...page.events.map(({ message }: { message: string }) => message));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
};

describe("no secret that a caller sends, or an operator sets, is in", () => {
  const apis: Record<string, string> = {};
  const responses: string[] = [];

  beforeAll(async () => {
    const cloudwatchRoleArn = "arn:aws:iam::000000000000:role/logs";
    await gateway.apply([
      { kind: "Account", id: "account", spec: { cloudwatchRoleArn } },
      {
        kind: "ApiKey",
        id: "plantedkey",
        spec: { name: "planted", value: SEALED["the value of an API key"], enabled: true },
      },
    ]);
    const credentials = {
      "integration.request.header.X-Backend": "stageVariables.apiKey",
      "integration.request.header.Authorization": `'Basic ${OPERATORS.header}'`,
    };
    const { integration } = proxy(upstream.origin) as { integration: object };
    for (const loggingLevel of ["INFO", "ERROR"])
      apis[loggingLevel] = await gateway.deploy(
        {
          "POST /passed": {
            integration: { ...integration, httpMethod: "POST", requestParameters: credentials },
          },
          "POST /mocked": mock("fine"),
          "POST /away": proxy("http://127.0.0.1:1/away"),
          "POST /checked": {
            ...mock("fine"),
            requestValidatorId: "all",
            requestParameters: { "method.request.querystring.needed": true },
          },
          "POST /guarded": { ...mock("fine"), apiKeyRequired: true },
        },
        {
          definitions: [
            { kind: "RequestValidator", id: "all", spec: { name: "all", validateRequestParameters: true } },
          ],
          stage: {
            accessLogSettings,
            tracingEnabled: true,
            variables: { apiKey: OPERATORS.variable },
            methodSettings: { "*/*": { loggingLevel, dataTraceEnabled: true, metricsEnabled: true } },
          },
        },
      );
    let count = 0;
    for (const apiId of Object.values(apis))
      for (const [place, plant] of Object.entries(PLACES))
        for (const path of PATHS) {
          const { headers = {}, query = "", body } = plant(secretOf(place, path));
          const response = await gateway.invoke(apiId, `${path}?${query}`, {
            method: "POST",
            headers: {
              ...headers,
              "X-Amzn-Trace-Id": `Root=1-${Math.trunc(Date.now() / 1_000).toString(16)}-${String(++count).padStart(24, "0")};Sampled=1`,
            },
            body: body ?? "plain",
          });
          // What an upstream responds is the caller's.
          if (path !== "/passed")
            responses.push(
              `${response.status} ${JSON.stringify(response.headers)} ${response.body.toString()}`,
            );
        }
    await until("all calls are logged", async () => (await messages(GROUP)).length >= count);
    await until("all calls are traced", async () => (await messages("aws/spans")).length >= count);
  });

  const OUTPUTS: Readonly<Record<string, () => Promise<string> | string>> = {
    "the access log, whatever it names": async () => (await messages(GROUP)).join("\n"),
    "execution logs of all steps, with bodies": async () =>
      (await messages(`API-Gateway-Execution-Logs_${apis.INFO}/prod`)).join("\n"),
    "execution logs of errors": async () =>
      (await messages(`API-Gateway-Execution-Logs_${apis.ERROR}/prod`)).join("\n"),
    traces: async () => (await messages("aws/spans")).join("\n"),
    metrics: async () =>
      (await gateway.metrics()) + (await (await fetch(`${gateway.controlUrl}/metrics`)).text()),
    "responses that the gateway makes": () => responses.join("\n"),
    "what the processes print": () => gateway.output(),
    "what the CLI prints of calls": async () => {
      const commands = [
        ["logs", apis.INFO ?? "", "--stage", "prod"],
        ["logs", apis.INFO ?? "", "--stage", "prod", "--execution"],
        ["usage"],
        ["top", "--once"],
        ["node"],
      ];
      const outputs = await Promise.all(commands.map((args) => tollgate(args, gateway.cliEnv)));
      return outputs.map(({ stdout, stderr }) => stdout + stderr).join("\n");
    },
    "files that the processes keep, but for the config": () =>
      keptFiles()
        .filter(({ path }) => !CONFIG.test(path))
        .map(({ text }) => text)
        .join("\n"),
  };

  it.each(Object.keys(OUTPUTS))("%s", async (output) => {
    const text = await (OUTPUTS[output] as () => Promise<string> | string)();
    expect(text.length, "there is nothing to look at").toBeGreaterThan(100);
    expect(leaksIn(text)).toEqual([]);
  });

  it("the config, which has what operators wrote into values that are not sealed, for its owner alone", () => {
    const config = keptFiles().filter(({ path }) => CONFIG.test(path));
    const withOwn = config.filter(({ text }) => leaksIn(text).length > 0);
    // One of the store at least, and that of the node.
    expect(new Set(withOwn.map(({ path }) => path.split("/")[0]))).toEqual(
      new Set(["control-plane", "data-plane"]),
    );
    for (const { path, text, mode } of withOwn) {
      expect(leaksIn(text), path).toEqual(Object.keys(OPERATORS));
      expect(mode, path).toBe(0o600);
    }
  });
});
