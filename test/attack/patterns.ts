import { randomBytes } from "node:crypto";
import { ecmaPattern, javaPattern, type Pattern, withinMatchTime } from "@tollgate/patterns";
import type { Gateway } from "../kit/gateway.ts";
import { mock } from "../kit/rest-api.ts";
import type { AttackArea, AttackCase, AttackGround } from "./area.ts";
import { type EvilPattern, evilPatterns, textOf } from "./evil-patterns.ts";
import { firstMatchMs, matched } from "./match-times.ts";

const CHARS = 100_000;
/** Of the processor, for the first match in a text of that length. */
const MATCH_MAX_MS = 5;
const RUNS = 5;
/** What the patterns of one body may take on the event loop, and what it takes to notice that they do. */
const LOOP_MS = 4;
const LOOP_MAX_MS = 25;
/** Of a call with such a text, on a machine that does much else. */
const CALL_MAX_MS = 2_000;
const QUICK_CALLS = 4;

/** patterns: patterns that take engines which go back for ever, and what no linear engine can express. */
export const patterns: AttackArea = {
  name: "patterns",
  what: "patterns that engines which go back need for ever for, in models, responses and test invocations",
  concurrency: 1,
  async prepare(ground) {
    const gateway = await ground.gateway();
    return [
      ...evilPatterns.flatMap((evil) => [
        matchCase(evil, "Java's", javaPattern),
        matchCase(evil, "ECMAScript's", ecmaPattern),
      ]),
      ...[...evilPatterns, ...MANY_STATES].map(randomCase),
      ...(await callCases(ground, gateway)),
      ...INEXPRESSIBLE.map((pattern, i) => refusalCase(gateway, pattern, i)),
    ];
  },
};

function matchCase(evil: EvilPattern, language: string, compile: (pattern: string) => Pattern): AttackCase {
  return {
    name: `${language} ${evil.pattern}`,
    input: `${CHARS} characters of ${evil.repeated}, then ${evil.end}`,
    expectation: `at most ${MATCH_MAX_MS} ms for the first match`,
    attack: async () => {
      const ms = firstMatchMs(evil, compile, CHARS, MATCH_MAX_MS);
      return ms <= MATCH_MAX_MS ? undefined : `${ms.toFixed(1)} ms`;
    },
  };
}

/** Random texts reach ever new states of these, more than an automaton can hold. */
const MANY_STATES: readonly EvilPattern[] = [200, 900].flatMap((count) =>
  [`[ab]*a[ab]{${count}}[cd]`, `^([ab]*)a([ab]{${count}})$`].map((pattern) => ({
    pattern,
    repeated: "ab",
    end: "!",
  })),
);

/** Whatever the text is, a match ends when it has had the time that the event loop allows; each run has a new text, and the slowest counts. */
function randomCase({ pattern, repeated, end }: EvilPattern): AttackCase {
  const alphabet = [...new Set(`${repeated}ab${end}`)];
  return {
    name: `random texts against ${pattern}`,
    input: `${RUNS} texts of ${CHARS} characters of ${alphabet.join("")}`,
    expectation: `at most ${LOOP_MAX_MS} ms of the processor each`,
    attack: async () => {
      const compiled = ecmaPattern(pattern);
      const times = Array.from({ length: RUNS }, () => {
        const text = Array.from(randomBytes(CHARS), (byte) => alphabet[byte % alphabet.length]).join("");
        const before = process.threadCpuUsage();
        withinMatchTime(LOOP_MS, () => matched(compiled, text));
        const { user, system } = process.threadCpuUsage(before);
        return (user + system) / 1000;
      });
      const worst = Math.max(...times);
      return worst <= LOOP_MAX_MS ? undefined : `${worst.toFixed(1)} ms`;
    },
  };
}

const validator = { kind: "RequestValidator", id: "body", spec: { name: "body", validateRequestBody: true } };

/** A call's body is checked against a pattern by a node; a test invocation does it in the control plane. */
async function callCases(ground: AttackGround, gateway: Gateway): Promise<readonly AttackCase[]> {
  const chosen = ground.pick(evilPatterns, QUICK_CALLS);
  const route = (i: number, { pattern }: EvilPattern) => ({
    ...mock("ok"),
    requestValidatorId: "body",
    requestModels: { "application/json": `Evil${i}` },
    integration: {
      type: "MOCK",
      requestTemplates: { "application/json": '{"statusCode": 200}' },
      integrationResponses: { "200": {}, "201": { selectionPattern: pattern } },
    },
  });
  const apiId = await gateway.deploy(
    Object.fromEntries(chosen.map((evil, i) => [`POST /e${i}`, route(i, evil)])),
    {
      definitions: [
        validator,
        ...chosen.map(({ pattern }, i) => ({
          kind: "Model",
          id: `Evil${i}`,
          spec: { contentType: "application/json", schema: JSON.stringify({ type: "string", pattern }) },
        })),
      ],
    },
  );
  // The first tests start their processes, which is not what is measured.
  const warm = {
    apiId,
    resourceId: "r0",
    httpMethod: "POST",
    pathWithQueryString: "/e0",
    body: Buffer.from('""'),
  };
  await Promise.all(Array.from({ length: 4 }, () => gateway.tests.testInvokeMethod(warm)));
  const within = async (status: number, call: () => Promise<number | undefined>) => {
    const startedMs = performance.now();
    const got = await call();
    const took = performance.now() - startedMs;
    if (got !== status) return `status ${got}`;
    return took > CALL_MAX_MS ? `${took.toFixed(0)} ms` : undefined;
  };
  return chosen.flatMap((evil, i): AttackCase[] => {
    const body = JSON.stringify(textOf(evil, CHARS));
    // What the pattern says of it, from the engine that the case above has measured.
    const status = matched(ecmaPattern(evil.pattern), textOf(evil, CHARS)) ? 200 : 400;
    const common = { input: evil.pattern, expectation: `${status} within ${CALL_MAX_MS} ms` };
    return [
      {
        ...common,
        name: `a call's body against ${evil.pattern}`,
        attack: () =>
          within(
            status,
            async () => (await gateway.invoke(apiId, `/e${i}`, { method: "POST", body })).status,
          ),
      },
      {
        ...common,
        name: `a test invocation's body against ${evil.pattern}`,
        attack: () =>
          within(status, async () => {
            const { status: got } = await gateway.tests.testInvokeMethod({
              apiId,
              resourceId: `r${i}`,
              httpMethod: "POST",
              pathWithQueryString: `/e${i}`,
              body: Buffer.from(body),
            });
            return got;
          }),
      },
    ];
  });
}

const INEXPRESSIBLE = [
  "(?=a)b",
  "(?!a)b",
  "(?<=a)b",
  "(?<!a)b",
  "(a)\\1",
  "(?<n>a)\\k<n>",
  "(?>a+)b",
  "a++b",
];

/** What cannot be matched in linear time is not taken, and the place is told. */
function refusalCase(gateway: Gateway, pattern: string, i: number): AttackCase {
  return {
    name: `${pattern} is applied`,
    input: pattern,
    expectation: "is refused with the place",
    attack: async () => {
      const apiId = `refusedp${String(i).padStart(2, "0")}`;
      const integration = {
        type: "MOCK",
        requestTemplates: { "application/json": '{"statusCode": 200}' },
        integrationResponses: { "200": {}, "201": { selectionPattern: pattern } },
      };
      try {
        await gateway.apply([
          { kind: "RestApi", id: apiId, spec: { name: "refused" } },
          { kind: "Resource", apiId, id: "r1", spec: { path: "/a", methods: { GET: { integration } } } },
        ]);
      } catch (error) {
        const { message } = error as Error;
        return /selectionPattern.*linear time/.test(message) ? undefined : message;
      }
      return "was taken";
    },
  };
}
