import { startGateway } from "../kit/gateway.ts";
import { workersOf } from "../kit/process.ts";
import { proxy } from "../kit/rest-api.ts";
import { cpuMs, median, round } from "./cpu.ts";
import type { LoadReport } from "./report.ts";
import { startAnswerer, wrk } from "./rivals.ts";

const CONNECTIONS = 32;
const WARM_UP_SECONDS = 1;

const transformed = (...types: readonly string[]) => types.map((type, priority) => ({ priority, type }));

const contains = (fieldToMatch: object, searchString: string) => ({
  byteMatchStatement: {
    searchString,
    fieldToMatch,
    positionalConstraint: "CONTAINS",
    textTransformations: transformed("LOWERCASE"),
  },
});
const detected = (kind: "sqliMatchStatement" | "xssMatchStatement", fieldToMatch: object) => ({
  [kind]: { fieldToMatch, textTransformations: transformed("URL_DECODE") },
});
const path = { uriPath: {} };
const query = { queryString: {} };
const header = (name: string) => ({ singleHeader: { name } });

/** Twenty rules as people write them: networks, parts of paths and headers, patterns, sizes, detectors, labels, and a rate that nobody reaches. */
const STATEMENTS: readonly object[] = [
  { ipSetReferenceStatement: { arn: "blocked" } },
  ...["/wp-admin", "/.git", "/.env", "/phpmyadmin"].map((part) => contains(path, part)),
  ...["sqlmap", "nikto", "masscan"].map((agent) => contains(header("user-agent"), agent)),
  contains(header("referer"), "spam"),
  contains(query, "../"),
  {
    regexMatchStatement: {
      regexString: "\\.(?:bak|old|sql)$",
      fieldToMatch: path,
      textTransformations: transformed("NONE"),
    },
  },
  {
    regexPatternSetReferenceStatement: {
      arn: "bots",
      fieldToMatch: header("user-agent"),
      textTransformations: transformed("LOWERCASE"),
    },
  },
  {
    sizeConstraintStatement: {
      comparisonOperator: "GT",
      size: 2048,
      fieldToMatch: query,
      textTransformations: transformed("NONE"),
    },
  },
  detected("sqliMatchStatement", { allQueryArguments: {} }),
  detected("sqliMatchStatement", path),
  detected("xssMatchStatement", { allQueryArguments: {} }),
  detected("xssMatchStatement", header("referer")),
  { labelMatchStatement: { scope: "LABEL", key: "team:bot" } },
  {
    andStatement: {
      statements: [contains(path, "/admin"), { notStatement: { statement: contains(query, "token=") } }],
    },
  },
  { rateBasedStatement: { limit: 2_000_000_000, evaluationWindowSec: 60, aggregateKeyType: "IP" } },
];

/** webAcl compares the processor time of a call behind 20 rules that let it pass with the bare call, in turns of one run. */
export async function webAcl({
  seconds,
  rounds,
}: {
  readonly seconds: number;
  readonly rounds: number;
}): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(await startAnswerer());
  const gateway = scope.use(await startGateway());
  await gateway.apply([
    { kind: "IpSet", id: "blocked", spec: { ipAddressVersion: "IPV4", addresses: ["203.0.113.0/24"] } },
    {
      kind: "RegexPatternSet",
      id: "bots",
      spec: { regularExpressions: ["^curl/", "scrapy", "python-requests"] },
    },
    {
      kind: "WebAcl",
      id: "twenty",
      spec: {
        defaultAction: { allow: {} },
        rules: STATEMENTS.map((statement, priority) => ({
          name: `rule-${priority}`,
          priority,
          statement,
          action: { block: {} },
        })),
      },
    },
  ]);
  const methods = { "GET /bare": proxy(`${upstream.url}/bare`) };
  const apis = {
    bare: await gateway.deploy(methods),
    guarded: await gateway.deploy(methods, { stage: { webAclId: "twenty" } }),
  };
  const measure = async (api: keyof typeof apis, duration: number) => {
    const url = `http://127.0.0.1:${gateway.httpPort}/_aws/execute-api/${apis[api]}/prod/bare`;
    const before = cpuMs(workersOf(process.pid));
    const { calls, bad } = await wrk(url, CONNECTIONS, duration);
    if (calls === 0 || bad > 0) throw new Error(`${api}: ${calls} calls, ${bad} of them failed`);
    return ((cpuMs(workersOf(process.pid)) - before) * 1000) / calls;
  };
  for (const api of ["bare", "guarded"] as const) await measure(api, WARM_UP_SECONDS);
  const pairs: { readonly bare: number; readonly guarded: number }[] = [];
  for (let i = 0; i < rounds; i++)
    pairs.push({ bare: await measure("bare", seconds), guarded: await measure("guarded", seconds) });
  const ratios = pairs.map(({ bare, guarded }) => guarded / bare);
  return {
    figures: {
      bare_us_per_call: round(median(pairs.map(({ bare }) => bare)), 1),
      guarded_us_per_call: round(median(pairs.map(({ guarded }) => guarded)), 1),
      least_of_rounds: round(Math.min(...ratios)),
      most_of_rounds: round(Math.max(...ratios)),
    },
    ratios: { guarded_vs_bare: round(median(ratios), 3) },
  };
}
