import { once } from "node:events";
import { connect } from "node:net";
import fc from "fast-check";
import { kinds, parseManifest } from "@tollgate/config";
import {
  compileRequestExpression,
  compileSelectionPattern,
  compileTemplate,
  mockStatusCode,
} from "@tollgate/mapping";
import { importOpenApi } from "@tollgate/openapi";
import { decodeBatch, readFrame } from "@tollgate/usage-stream";
import { parseFunctionResponse } from "../../packages/pipeline/src/rest-api/integrations/function-response.ts";
import { parseTraceHeader } from "../../packages/telemetry/src/xray.ts";
import { type Gateway, startGateway } from "../kit/gateway.ts";
import { mock, proxy } from "../kit/rest-api.ts";
import { startHttpUpstream } from "../kit/upstream.ts";
import { mappingTargets } from "./mapping-targets.ts";
import { planJunk, templateWithJunk } from "./template-target.ts";

/** Target is one thing that takes what strangers send: `once` runs it on one random input and throws when it misbehaves. */
export interface Target {
  readonly name: string;
  readonly runs: (count: number) => Promise<void>;
}

const polluting = fc.constantFrom("__proto__", "constructor", "prototype", "toString", "hasOwnProperty");
const json = fc.oneof(fc.jsonValue(), fc.dictionary(polluting, fc.jsonValue()));
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom("$", "${", "#{", "'", "method.request.", "{{", "\\", "(?", "[[]"),
);

const pure = (name: string, property: () => fc.IProperty<never> | fc.IPropertyWithHooks<never>): Target => ({
  name,
  runs: async (count) => fc.assert(property() as never, { numRuns: count }),
});

const pureTargets: readonly Target[] = [
  pure(
    "entities",
    () =>
      fc.property(
        fc.constantFrom(...Object.keys(kinds), "x"),
        json,
        text,
        (kind, spec, id) => void parseManifest({ kind, apiId: "abcdefghij", id, spec }, 0),
      ) as never,
  ),
  pure(
    "OpenAPI definitions",
    () =>
      fc.property(
        fc.dictionary(
          fc.oneof(text, fc.constantFrom("/a", "/{b}", "/{c+}")),
          fc.dictionary(fc.constantFrom("get", "x-amazon-apigateway-any-method", "parameters"), json),
        ),
        json,
        (paths, components) => {
          importOpenApi(JSON.stringify({ openapi: "3.0.1", info: {}, paths, components }), {
            apiId: "abcdefghij",
          });
        },
      ) as never,
  ),
  pure("CloudFormation templates", () => fc.property(templateWithJunk, planJunk) as never),
  pure(
    "expressions, templates and patterns",
    () =>
      fc.property(text, (value) => {
        compileRequestExpression(value, {});
        compileTemplate(value);
        mockStatusCode(value);
        const pattern = compileSelectionPattern(value);
        if (pattern.ok) pattern.value.test("x".repeat(100));
      }) as never,
  ),
  pure(
    "answers of functions",
    () =>
      fc.property(
        fc.oneof(
          json.map((v) => JSON.stringify(v)),
          text,
        ),
        (output) => void parseFunctionResponse(Buffer.from(output), "*/*", () => true),
      ) as never,
  ),
  pure(
    "usage frames and batches",
    () =>
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        readFrame(Buffer.from(bytes), 0);
        decodeBatch(bytes);
      }) as never,
  ),
  ...mappingTargets.map(([name, property]) => pure(name, property as never)),
  pure("trace headers", () => fc.property(text, (value) => void parseTraceHeader(value)) as never),
];

/** rawCall sends bytes as they are and returns what comes back until the connection ends or falls silent. */
async function rawCall(port: number, bytes: Buffer): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => undefined);
  socket.setTimeout(300, () => socket.destroy());
  socket.end(bytes);
  await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

const requestBytes = (api: string) =>
  fc
    .record({
      method: fc.oneof(
        fc.constantFrom("GET", "POST", "HEAD", "OPTIONS", "PATCH"),
        fc.string({ minLength: 1, maxLength: 10 }),
      ),
      path: fc.oneof(
        fc.webPath(),
        fc.string({ unit: "binary" }),
        fc.constantFrom(
          "/../../x",
          "//",
          "/%00",
          "/a?b=%zz&&=;",
          "/templated/a%2F",
          "/templated/x?q=1&q=%ff",
        ),
      ),
      headers: fc.array(
        fc.tuple(
          fc.oneof(
            fc.constantFrom(
              "Host",
              "Content-Length",
              "Transfer-Encoding",
              "Connection",
              "X-Amzn-Trace-Id",
              "X-HTTP-Method-Override",
              "Expect",
              "__proto__",
            ),
            fc.string(),
          ),
          fc.oneof(
            fc.string(),
            fc.constantFrom("chunked", "5", "-1", "close", "Upgrade", "100-continue", "GET"),
          ),
        ),
      ),
      body: fc.string({ maxLength: 200 }),
    })
    .map(({ method, path, headers, body }) =>
      Buffer.from(
        `${method} /_aws/execute-api/${api}/prod${path} HTTP/1.1\r\nHost: localhost\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`,
        "latin1",
      ),
    );

/** httpTarget sends malformed requests to a running gateway, and checks that it still serves valid ones. */
export async function startHttpTarget(scope: AsyncDisposableStack): Promise<Target> {
  const upstream = scope.use(
    await startHttpUpstream((request, response) => void request.resume().on("end", () => response.end("ok"))),
  );
  const gateway: Gateway = scope.use(await startGateway());
  const api = await gateway.deploy({
    "ANY /{proxy+}": proxy(`${upstream.origin}/{proxy}`),
    "GET /": mock("alive"),
    "POST /templated/{id}": {
      requestParameters: { "method.request.path.id": true },
      integration: {
        type: "HTTP",
        httpMethod: "POST",
        uri: `${upstream.origin}/{id}`,
        requestParameters: {
          "integration.request.path.id": "method.request.path.id",
          "integration.request.header.X-Body": "method.request.body.a",
          "integration.request.querystring.q": "method.request.multivaluequerystring.q",
        },
        requestTemplates: {
          "application/json":
            "$input.body $input.json('$') $input.path('$..a') #foreach($t in $input.params().entrySet())$t.key $t.value#end $context.identity.userAgent",
        },
        integrationResponses: {
          "200": { responseTemplates: { "application/json": "$input.body $input.params('id')" } },
        },
      },
    },
  });
  return {
    name: "raw HTTP",
    async runs(count) {
      const samples = fc.sample(requestBytes(api), count);
      for (let i = 0; i < samples.length; i += 50)
        await Promise.all(samples.slice(i, i + 50).map((bytes) => rawCall(gateway.httpPort, bytes)));
      const reply = await gateway.invoke(api, "/");
      if (reply.body !== "alive")
        throw new Error(`after ${count} requests, a valid one returned ${reply.status} ${reply.body}`);
      const metrics = await gateway.metrics();
      const restarts = Number(/tollgate_worker_restarts_total\{[^}]*\} (\d+)/.exec(metrics)?.[1]);
      if (restarts !== 0) throw new Error(`${restarts} workers died`);
    },
  };
}

/** runTargets runs every target and checks that nothing reached the prototype of all objects. */
export async function runTargets(targets: readonly Target[], count: number): Promise<void> {
  for (const target of targets) {
    await target.runs(count);
    const reached = Object.keys(Object.prototype);
    if (reached.length > 0 || ({} as Record<string, unknown>).polluted !== undefined)
      throw new Error(`${target.name} polluted Object.prototype: ${reached.join(", ")}`);
  }
}

export { pureTargets };
