import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import velocityjs from "velocityjs";
import { API_GATEWAY, compileVelocity, Input, JsonBody, util, type Value } from "@tollgate/mapping/engine";
import { ModelRegistry } from "@tollgate/pipeline";
import { Cluster, stageUrl } from "../kit/cluster.ts";
import { startKafka } from "../kit/kafka.ts";
import { childrenOf } from "../kit/process.ts";
import { proxy, resourceOf } from "../kit/rest-api.ts";
import { cpuMs, median, round } from "./cpu.ts";
import type { LoadReport } from "./report.ts";
import { startNginx, wrk } from "./rivals.ts";
import { BODY, templates } from "./velocity-templates.ts";

const API = "mapload001";
const CONNECTIONS = 32;
const TURNS = 7;

const PET = (i: number) => ({ id: i, name: `pet number ${i}`, kind: i % 2 ? "dog" : "cat", price: 10.5 + i });
/** About 1 KB of JSON. */
const ONE_KB = JSON.stringify({ owner: "Ada", pets: Array.from({ length: 17 }, (_, i) => PET(i)) });

const REQUEST = `#set($r = $input.path('$')){"owner": "$r.owner", "stage": "$context.stage", "pets": [#foreach($p in $r.pets){"id": $p.id, "name": "$p.name", "price": $p.price}#if($foreach.hasNext),#end#end]}`;
const RESPONSE = `#set($r = $input.path('$')){"by": "$r.owner", "count": $r.pets.size(), "names": [#foreach($p in $r.pets)"$util.escapeJavaScript($p.name)"#if($foreach.hasNext),#end#end]}`;

/** What one call with a request and a response template costs, against the same traffic through a bare HTTP_PROXY. */
async function templatedCall(
  seconds: number,
  rounds: number,
): Promise<{ bareUs: number; templatedUs: number; ratio: number }> {
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(
    await startNginx(`location / { default_type application/json; return 200 '${ONE_KB}'; }`),
  );
  const kafka = scope.use(await startKafka());
  const cluster = scope.use(await Cluster.start({ kafka: kafka.broker, nodes: 1, workers: 1 }));
  const json = { "application/json": REQUEST };
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "load" } },
    resourceOf(API, "bare01", "/bare", { POST: proxy(`${upstream.url}/`) }),
    {
      kind: "Resource",
      apiId: API,
      id: "tmpl01",
      spec: {
        path: "/templated",
        methods: {
          POST: {
            integration: {
              type: "HTTP",
              httpMethod: "POST",
              uri: `${upstream.url}/`,
              requestTemplates: json,
              integrationResponses: { "200": { responseTemplates: { "application/json": RESPONSE } } },
            },
          },
        },
      },
    },
  ]);
  await cluster.deploy(API, "prod");
  const [node] = cluster.nodes;
  if (!node) throw new Error("there is no node");
  const url = stageUrl(node, API, "prod");
  const pids = childrenOf(node.part.child.pid as number);
  const folder = mkdtempSync(join(tmpdir(), "tollgate-wrk-"));
  scope.defer(() => rmSync(folder, { recursive: true }));
  const script = join(folder, "post.lua");
  writeFileSync(
    script,
    `wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = '${ONE_KB}'\n`,
  );
  const measure = async (path: string, duration: number) => {
    const before = cpuMs(pids);
    const { calls, bad } = await wrk(`${url}${path}`, CONNECTIONS, duration, script);
    if (calls === 0 || bad > 0) throw new Error(`${path}: ${calls} calls, ${bad} of them failed`);
    return ((cpuMs(pids) - before) * 1000) / calls;
  };
  const bare: number[] = [];
  const templated: number[] = [];
  for (let i = 0; i <= rounds; i++) {
    const [b, t] = [
      await measure("/bare", i === 0 ? 3 : seconds),
      await measure("/templated", i === 0 ? 3 : seconds),
    ];
    if (i === 0) continue;
    bare.push(b);
    templated.push(t);
  }
  return {
    bareUs: round(median(bare), 1),
    templatedUs: round(median(templated), 1),
    ratio: round(median(templated.map((value, i) => value / (bare[i] as number)))),
  };
}

/** Microseconds that one run of `work` takes, the median of some turns. */
function microseconds(work: () => void): number {
  const turns: number[] = [];
  for (let turn = 0; turn <= TURNS; turn++) {
    const started = performance.now();
    let runs = 0;
    while (performance.now() - started < 150) {
      for (let i = 0; i < 20; i++) work();
      runs += 20;
    }
    if (turn > 0) turns.push(((performance.now() - started) * 1000) / runs);
  }
  return median(turns);
}

const parameters = {
  path: new Map([["id", "7"]]),
  querystring: new Map([["q", "a b"]]),
  header: new Map([
    ["Host", "x"],
    ["Accept", "*/*"],
    ["User-Agent", "load"],
  ]),
};

/** What the velocityjs package is given: the same objects in its own terms. */
function theirContext() {
  const params = {
    path: Object.fromEntries(parameters.path),
    querystring: Object.fromEntries(parameters.querystring),
    header: Object.fromEntries(parameters.header),
  };
  const at = (path: string) =>
    path
      .split(".")
      .slice(1)
      .reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], BODY);
  return {
    input: {
      path: at,
      params: (name?: string) => (name === undefined ? params : (parameters.path.get(name) ?? "")),
    },
    util: {
      urlEncode: encodeURIComponent,
      base64Encode: (text: string) => Buffer.from(text).toString("base64"),
    },
    stageVariables: { x: "y" },
  };
}

/**
 * Renders templates with both engines; both are given a body that is parsed already. velocityjs is measured as it is used (render, which
 * parses each time) and with its trees parsed before.
 */
function againstVelocityjs() {
  const body = new JsonBody(JSON.stringify(BODY));
  void body.value;
  const input = new Input(body, () => parameters);
  const stageVariables = new Map<Value, Value>([["x", "y"]]);
  const roots = (name: string) =>
    name === "input"
      ? input
      : name === "util"
        ? util
        : name === "stageVariables"
          ? stageVariables
          : undefined;
  const { Compile, parse } = velocityjs as unknown as {
    Compile: new (tree: unknown) => { render(context: object): string };
    parse(text: string): unknown;
  };
  const ours: number[] = [];
  const theirs: number[] = [];
  const parsing: number[] = [];
  for (const template of templates) {
    const mine = compileVelocity(template, API_GATEWAY);
    const other = new Compile(parse(template));
    const context = theirContext();
    const [a, b] = [mine(roots), other.render(context)];
    if (a.replaceAll("+", " ") !== b.replaceAll("%20", " ").replaceAll("%40", "%40"))
      throw new Error(`the engines differ on ${template}:\n${a}\n${b}`);
    ours.push(microseconds(() => void mine(roots)));
    theirs.push(microseconds(() => void other.render(context)));
    parsing.push(microseconds(() => void velocityjs.render(template, context)));
  }
  const over = (values: readonly number[]) => values.map((value, i) => value / (ours[i] as number));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    oursUs: round(sum(ours) / ours.length),
    renderUs: round(sum(parsing) / parsing.length),
    parsedUs: round(sum(theirs) / theirs.length),
    render: round(sum(parsing) / sum(ours), 1),
    renderSmallest: round(Math.min(...over(parsing)), 1),
    parsed: round(sum(theirs) / sum(ours), 1),
  };
}

/** Checks a body of 2 KB against a model as the gateway does, with the parsing of its JSON. */
function validationUs(): number {
  const schema = {
    type: "object",
    required: ["owner", "pets"],
    properties: {
      owner: { type: "string", minLength: 1 },
      pets: {
        type: "array",
        items: {
          type: "object",
          required: ["id", "name"],
          properties: {
            id: { type: "integer" },
            name: { type: "string", maxLength: 50 },
            kind: { enum: ["cat", "dog"] },
            price: { type: "number", minimum: 0 },
          },
        },
      },
    },
  };
  const registry = new ModelRegistry(
    "load",
    new Map([["Owner", { contentType: "application/json", schema: JSON.stringify(schema) }]]),
  );
  const compiled = registry.compile("Owner");
  if (!compiled.ok) throw new Error(compiled.fact.message);
  const body = JSON.stringify({ owner: "Ada", pets: Array.from({ length: 38 }, (_, i) => PET(i)) });
  if (body.length < 2048 || compiled.check(body) !== undefined)
    throw new Error("the body must be valid and have 2 KB");
  return round(
    microseconds(() => void compiled.check(body)),
    1,
  );
}

/** mapping measures templates and request validation. */
export async function mapping({
  seconds,
  rounds,
}: {
  readonly seconds: number;
  readonly rounds: number;
}): Promise<LoadReport> {
  const velocity = againstVelocityjs();
  const validation = validationUs();
  const call = await templatedCall(seconds, rounds);
  return {
    figures: {
      bare_us_per_call: call.bareUs,
      templated_us_per_call: call.templatedUs,
      template_us: velocity.oursUs,
      velocityjs_render_us: velocity.renderUs,
      velocityjs_parsed_us: velocity.parsedUs,
      validation_2kb_us: validation,
    },
    ratios: {
      templated_vs_bare: call.ratio,
      velocityjs_render_vs_ours: velocity.render,
      velocityjs_render_vs_ours_smallest: velocity.renderSmallest,
      velocityjs_parsed_vs_ours: velocity.parsed,
    },
  };
}
