import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import type { CallOptions, GatewayReply } from "../kit/calls.ts";
import type { Gateway } from "../kit/gateway.ts";
import { proxy } from "../kit/rest-api.ts";
import { readBody, startHttpUpstream } from "../kit/upstream.ts";
import type { AttackArea, AttackCase } from "./area.ts";
import { controlCases } from "./control-bombs.ts";

const DEPTH = 100_000;
const MEGABYTE = 1024 * 1024;
/** Of a call with a bomb, on a machine that does much else. */
const CALL_MAX_MS = 20_000;
const PAYLOAD_MAX_BYTES = 10 * MEGABYTE;

const nested = (open: string, inner: string, close: string) =>
  open.repeat(DEPTH) + inner + close.repeat(DEPTH);
/** Small texts that are much work. */
const JSON_BOMBS: Readonly<Record<string, string>> = {
  "lists in lists": nested("[", "", "]"),
  "objects in objects": nested('{"a":', "1", "}"),
  "lists without an end": "[".repeat(DEPTH),
  "a long number": `{"a":${"9".repeat(DEPTH)}}`,
  "a large exponent": `{"a":1e${"9".repeat(300)}}`,
  "members of the prototype": `{${Array.from({ length: 2_000 }, (_, i) => `"__proto__":{"polluted${i}":1},"constructor":{"prototype":{"p":1}}`).join(",")}}`,
  "many members": `{${Array.from({ length: 50_000 }, (_, i) => `"m${i}":${i}`).join(",")}}`,
  "one member, many times": `{${Array.from({ length: 50_000 }, () => `"m":1`).join(",")}}`,
};

/** Templates of a few lines that would write or compute without end. */
const doubling = (define: (i: number) => string) => Array.from({ length: 40 }, (_, i) => define(i)).join("");
const TEMPLATE_BOMBS: Readonly<Record<string, string>> = {
  "definitions that double": `#define($d0)xxxxxxxxxx#end${doubling((i) => `#define($d${i + 1})$d${i}$d${i}#end`)}$d40`,
  "macros that double": `#macro(m0)x#end${doubling((i) => `#macro(m${i + 1})#m${i}()#m${i}()#end`)}#m40()`,
  "variables that double": `#set($a = "xxxxxxxxxx")${doubling(() => '#set($a = "$a$a")')}$a`,
  "lists that double": `#set($a = [1])${doubling(() => "#set($b = $a.addAll($a))")}$a`,
  "loops in loops": `${"#foreach($i in [1..1000])".repeat(5)}x${"#end".repeat(5)}`,
  "a macro that calls itself": "#macro(m)#m()#end#m()",
  "a definition of itself": "#define($d)$d$d#end$d",
  "a long range": "#foreach($i in [1..2000000000])x#end",
  "a long repetition": '#set($a = "x")$a.repeat(2000000000)',
  "replacements that grow": `#set($a = "x")${doubling(() => '#set($a = $a.replaceAll("x", "xx"))')}$a`,
  "a parse of the parsed": "#foreach($i in [1..1000])#set($x = $util.parseJson($input.json('$')))#end",
  "escapes of escapes": `#set($a = $input.body)${doubling(() => "#set($a = $util.escapeJavaScript($a))")}$a`,
};

/** BombCase is a call, and the responses that are right. */
interface Bomb {
  readonly name: string;
  readonly path: string;
  readonly options: CallOptions;
  readonly statuses: readonly number[];
}

const post = (body: string | Buffer, headers: Readonly<Record<string, string>> = {}): CallOptions => ({
  method: "POST",
  body,
  headers: { "Content-Type": "application/json", ...headers },
});

const mapped = (uri: string, template: string, responseTemplate = "$input.body") => ({
  integration: {
    type: "HTTP",
    httpMethod: "POST",
    uri,
    requestTemplates: { "application/json": template },
    integrationResponses: { "200": { responseTemplates: { "application/json": responseTemplate } } },
  },
});

const CODINGS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync } as const;

/** What an upstream sends back: by path a deep text, or blanks in little. */
async function startBombUpstream(codedBytes: number) {
  const blanks = Buffer.alloc(codedBytes, 32);
  const compressed = Object.fromEntries(
    Object.entries(CODINGS).map(([name, compress]) => [name, compress(blanks)]),
  );
  return startHttpUpstream(async (request, response) => {
    const [, kind = "", name = ""] = (request.url ?? "").split(/[/?]/);
    await readBody(request);
    const json = Object.values(JSON_BOMBS)[Number(name)];
    if (kind === "json") response.writeHead(200, { "Content-Type": "application/json" }).end(json);
    else if (kind === "coded")
      response
        .writeHead(200, { "Content-Type": "application/json", "Content-Encoding": name })
        .end(compressed[name]);
    else response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
  });
}

const models = [
  { kind: "RequestValidator", id: "body", spec: { name: "body", validateRequestBody: true } },
  {
    kind: "Model",
    id: "Tree",
    spec: {
      contentType: "application/json",
      schema: JSON.stringify({ anyOf: [{ type: "array", items: { $ref: "#" } }, { type: "object" }] }),
    },
  },
];

/** Ways in which a gateway reads a body. */
const waysTo = (origin: string) => ({
  validated: {
    ...proxy(`${origin}/ok`),
    requestValidatorId: "body",
    requestModels: { "application/json": "Tree" },
  },
  path: mapped(`${origin}/ok`, "$input.path('$..a').size()"),
  json: mapped(`${origin}/ok`, "$input.json('$')"),
  parsed: mapped(`${origin}/ok`, "$util.parseJson($input.body).size()"),
  parameter: proxy(`${origin}/ok`, {
    requestParameters: { "integration.request.header.X-A": "method.request.body.a" },
  }),
});

type Named = readonly (readonly [name: string, text: string])[];

const routesTo = (origin: string, templates: Named, responses: Named) =>
  Object.fromEntries([
    ...Object.entries(waysTo(origin)).map(([name, method]) => [`POST /${name}`, method]),
    ...templates.map(([, template], i) => [`POST /t${i}`, mapped(`${origin}/ok`, template)]),
    ...responses.map(([name], i) => [
      `POST /r${i}`,
      mapped(
        `${origin}/json/${Object.keys(JSON_BOMBS).indexOf(name)}`,
        "{}",
        "$input.path('$..a') $input.json('$')",
      ),
    ]),
    ...Object.keys(CODINGS).map((name) => [`GET /coded/${name}`, proxy(`${origin}/coded/${name}`)]),
    ...Object.keys(CODINGS).map((name) => [
      `POST /mapped/${name}`,
      mapped(`${origin}/coded/${name}`, "{}", "$input.path('$')"),
    ]),
  ]);

// A number can be too long for the headers of an upstream.
const ANY = [200, 400, 431, 500];

const callsOf = (texts: Named, templates: Named, responses: Named): readonly Bomb[] => [
  ...texts.flatMap(([name, body]) =>
    Object.keys(waysTo("")).map((way) => ({
      name: `${name}, ${way}`,
      path: `/${way}`,
      options: post(body),
      statuses: ANY,
    })),
  ),
  ...responses.map(([name], i) => ({
    name: `${name}, of an upstream`,
    path: `/r${i}`,
    options: post("{}"),
    statuses: [200, 500],
  })),
  ...templates.map(([name], i) => ({
    name: `a template: ${name}`,
    path: `/t${i}`,
    options: post(JSON.stringify({ a: "x\"'".repeat(1_000) })),
    statuses: [200, 500],
  })),
  ...Object.entries(CODINGS).map(([name, compress]) => ({
    name: `a large request in ${name}`,
    path: "/json",
    options: post(compress(Buffer.alloc(16 * MEGABYTE, 32)), { "Content-Encoding": name }),
    statuses: [400, 413],
  })),
  ...Object.keys(CODINGS).map((name) => ({
    name: `a large mapped response in ${name}`,
    path: `/mapped/${name}`,
    options: post("{}"),
    statuses: ANY,
  })),
];

/** bombs: small inputs that are large work: deep JSON, templates that double, compressed blanks. */
export const bombs: AttackArea = {
  name: "bombs",
  what: "small inputs that are large work: deep JSON, templates that double, compressed bodies",
  concurrency: 2,
  async prepare(ground) {
    const upstream = ground.scope.use(await startBombUpstream((ground.quick ? 16 : 256) * MEGABYTE));
    const gateway = await ground.gateway();
    const templates = ground.pick(Object.entries(TEMPLATE_BOMBS), 2);
    const texts = ground.pick(Object.entries(JSON_BOMBS), 1);
    const responses = ground.pick(Object.entries(JSON_BOMBS), 1);
    const apiId = await gateway.deploy(routesTo(upstream.origin, templates, responses), {
      definitions: models,
    });
    return [
      ...callsOf(texts, templates, responses).map((bomb) => bombCase(gateway, apiId, bomb)),
      ...Object.keys(CODINGS).map((name) => streamedCase(gateway, apiId, name)),
      ...ground.pick(controlCases(gateway, nested('{"a":', "1", "}"), nested("[", "", "]")), 3),
    ];
  },
};

/** After a bomb, the gateway answers as before. */
async function aftermath(gateway: Gateway): Promise<string | undefined> {
  const restarts = /^tollgate_worker_restarts_total\S* (\d+)/m.exec(await gateway.metrics())?.[1];
  return restarts === undefined || restarts === "0" ? undefined : `${restarts} workers were replaced`;
}

const bombCase = (gateway: Gateway, apiId: string, { name, path, options, statuses }: Bomb): AttackCase => ({
  name,
  input: `${options.method} ${path} ${String(options.body).slice(0, 100)}`,
  expectation: `${statuses.join(" or ")} within ${CALL_MAX_MS} ms, at most 10 MB, and no worker ends`,
  attack: async () => {
    const startedMs = performance.now();
    const { status, bytes } = await gateway.invoke(apiId, path, options);
    const tookMs = performance.now() - startedMs;
    if (!statuses.includes(status)) return `status ${status}`;
    if (bytes.length > PAYLOAD_MAX_BYTES) return `${bytes.length} bytes`;
    return tookMs > CALL_MAX_MS ? `${tookMs.toFixed(0)} ms` : aftermath(gateway);
  },
});

/** A response that is decompressed on its way to the client ends when it is too large: it has begun by then. */
const streamedCase = (gateway: Gateway, apiId: string, coding: string): AttackCase => ({
  name: `a large streamed response in ${coding}`,
  input: `GET /coded/${coding}`,
  expectation: "at most 10 MB, then the connection is cut",
  attack: async () => {
    const got = await gateway.invoke(apiId, `/coded/${coding}`).then(
      ({ bytes }: GatewayReply) => bytes.length,
      () => undefined,
    );
    if (got !== undefined && got > PAYLOAD_MAX_BYTES) return `${got} bytes`;
    return aftermath(gateway);
  },
});
