import { startGateway } from "../kit/gateway.ts";
import { workersOf } from "../kit/process.ts";
import { proxy } from "../kit/rest-api.ts";
import { round } from "./cpu.ts";
import { usOfCall } from "./cpu-of-calls.ts";
import { type LoadReport, spreadOf } from "./report.ts";
import { startAnswerer } from "./rivals.ts";
import { inTurns, type Turns, type Way } from "./turns.ts";

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
export async function webAcl(turns: Turns): Promise<LoadReport> {
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
  const way =
    (api: string): Way =>
    (seconds) => {
      const url = `http://127.0.0.1:${gateway.httpPort}/_aws/execute-api/${api}/prod/bare`;
      return usOfCall(() => workersOf(process.pid), { url }, seconds);
    };
  const rounds = await inTurns({ bare: way(apis.bare), guarded: way(apis.guarded) }, turns);
  const { median, min, max } = spreadOf(rounds.ratio("guarded", "bare"));
  return {
    figures: { ...rounds.medians("us_per_call"), least_of_rounds: round(min), most_of_rounds: round(max) },
    ratios: { guarded_vs_bare: round(median, 3) },
  };
}
