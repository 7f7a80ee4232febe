import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { behind, callOf, restRoute, type TestedRequest, webAclOf } from "../kit/index.ts";

const PROXY = { integration: { type: "HTTP_PROXY", uri: "http://pets.example", httpMethod: "POST" } };
const route = restRoute("ANY /{proxy+}", PROXY, { stage: { webAclId: "shield" } });

/** A limiter that remembers what it was asked for, and has no tokens for some buckets. */
function recording(isEmpty: (bucket: string) => boolean = () => false) {
  const asked: { bucket: string; rateLimit: number; burstLimit: number }[] = [];
  const take = (bucket: string, throttle: { rateLimit: number; burstLimit: number }) => {
    asked.push({
      bucket: bucket.replace(/^waf\/000000000000\/shield\/flood\/[0-9a-f]{8}\//, ""),
      ...throttle,
    });
    return isEmpty(bucket) ? 1 : 0;
  };
  return { asked, limiter: { take, use: () => true } };
}

const NONE = { textTransformations: [{ priority: 0, type: "NONE" }] };
const LOWER = { textTransformations: [{ priority: 0, type: "LOWERCASE" }] };
const flood = (rateBasedStatement: object) => ({
  rules: [
    {
      name: "flood",
      priority: 1,
      statement: { rateBasedStatement: { limit: 100, ...rateBasedStatement } },
      action: { block: {} },
    },
  ],
});
const forwardedIPConfig = { headerName: "X-Forwarded-For", fallbackBehavior: "MATCH" };

async function countedBy(statement: object, request: TestedRequest): Promise<readonly string[]> {
  const { asked, limiter } = recording();
  await callOf(
    route,
    { path: "/pets", ...request },
    { ports: behind(webAclOf(flood(statement), { limiter })) },
  );
  return asked.map(({ bucket }) => bucket);
}

describe("rate-based rules (waf-api §6)", () => {
  const custom = (...customKeys: object[]) => ({
    aggregateKeyType: "CUSTOM_KEYS",
    customKeys,
    forwardedIPConfig,
  });
  const inside = {
    byteMatchStatement: {
      searchString: "/admin",
      fieldToMatch: { uriPath: {} },
      positionalConstraint: "CONTAINS",
      ...NONE,
    },
  };
  it.each<[string, object, TestedRequest, readonly string[]]>([
    ["the address", { aggregateKeyType: "IP" }, {}, ["192.0.2.1"]],
    [
      "the first forwarded address",
      { aggregateKeyType: "FORWARDED_IP", forwardedIPConfig },
      { headers: { "x-forwarded-for": "203.0.113.9, 10.0.0.1" } },
      ["203.0.113.9"],
    ],
    ...["2001:DB8::1", "[2001:db8:0:0::1]:443", "2001:db8::1%eth0"].map(
      (address): [string, object, TestedRequest, readonly string[]] => [
        `an address however it is written: ${address}`,
        { aggregateKeyType: "FORWARDED_IP", forwardedIPConfig },
        { headers: { "x-forwarded-for": address } },
        ["20010db8000000000000000000000001"],
      ],
    ),
    [
      "the IPv4 address of an IPv6 one",
      custom({ forwardedIP: {} }),
      { headers: { "x-forwarded-for": "::ffff:203.0.113.9" } },
      ['["203.0.113.9"]'],
    ],
    ["no forwarded address", { aggregateKeyType: "FORWARDED_IP", forwardedIPConfig }, {}, []],
    [
      "a header",
      custom({ header: { name: "X-User", ...LOWER } }),
      { headers: { "x-user": "Ada" } },
      ['["ada"]'],
    ],
    ["no header", custom({ header: { name: "X-User", ...LOWER } }, { ip: {} }), {}, []],
    [
      "a cookie and the method",
      custom({ cookie: { name: "sid", ...NONE } }, { httpMethod: {} }),
      { headers: { cookie: "sid=7" } },
      ['["7","GET"]'],
    ],
    [
      "an argument",
      custom({ queryArgument: { name: "Tenant", ...NONE } }),
      { path: "/pets?tenant=t1" },
      ['["t1"]'],
    ],
    [
      "the query and the path",
      custom({ queryString: NONE }, { uriPath: NONE }),
      { path: "/pets?a=1" },
      ['["a=1","/test/pets"]'],
    ],
    [
      "a long key by its digest",
      custom({ header: { name: "X", ...NONE } }),
      { headers: { x: "x".repeat(99) } },
      [
        createHash("sha256")
          .update(JSON.stringify(["x".repeat(99)]))
          .digest("base64"),
      ],
    ],
    [
      "all that a statement matches",
      { aggregateKeyType: "CONSTANT", scopeDownStatement: inside },
      { path: "/admin" },
      [""],
    ],
    ["nothing else", { aggregateKeyType: "CONSTANT", scopeDownStatement: inside }, { path: "/pets" }, []],
  ])("count by %s", async (_what, statement, request, expected) => {
    expect(await countedBy(statement, request)).toEqual(expected);
  });

  it("have a bucket of the limit that fills up again over the window", async () => {
    const { asked, limiter } = recording();
    const spec = flood({ aggregateKeyType: "IP", evaluationWindowSec: 60, limit: 120 });
    await callOf(route, "GET /pets", { ports: behind(webAclOf(spec, { limiter })) });
    expect(asked).toEqual([{ bucket: "192.0.2.1", rateLimit: 2, burstLimit: 120 }]);
  });

  it("match what is over the limit, and an address that is none where the fallback says so", async () => {
    const over = recording(() => true);
    const limited = webAclOf(flood({ aggregateKeyType: "IP" }), { limiter: over.limiter });
    expect((await callOf(route, "GET /pets", { ports: behind(limited) })).status).toBe(403);
    const request = { path: "/pets", headers: { "x-forwarded-for": "me" } };
    for (const key of [
      { aggregateKeyType: "FORWARDED_IP" },
      { aggregateKeyType: "CUSTOM_KEYS", customKeys: [{ httpMethod: {} }, { forwardedIP: {} }] },
    ]) {
      const { limiter } = recording();
      const odd = webAclOf(flood({ ...key, forwardedIPConfig }), { limiter });
      expect((await callOf(route, request, { ports: behind(odd) })).status).toBe(403);
    }
  });

  it("count for themselves, also where groups have rules of the same name", async () => {
    const { asked, limiter } = recording();
    const { rules } = flood({ aggregateKeyType: "IP" });
    const use = (name: string, priority: number) => ({
      name,
      priority,
      statement: { ruleGroupReferenceStatement: { arn: "group" } },
      overrideAction: { none: {} },
    });
    const spec = { rules: [...rules, use("a", 2), use("b", 3)] };
    const webAcl = webAclOf(spec, { limiter, ruleGroups: { group: { rules } } });
    await callOf(route, "GET /pets", { ports: behind(webAcl) });
    expect(new Set(asked.map(({ bucket }) => bucket)).size).toBe(3);
  });
});

describe("challenges (waf-api §7)", () => {
  const action = (kind: string) => ({
    rules: [
      {
        name: "r",
        priority: 1,
        statement: {
          sizeConstraintStatement: {
            comparisonOperator: "GE",
            size: 0,
            fieldToMatch: { method: {} },
            ...NONE,
          },
        },
        action: { [kind]: {} },
      },
    ],
  });
  const nowS = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000;

  /** What the page makes a browser do. */
  function solved(arn: string, madeS: number, address = "192.0.2.1"): string {
    for (let n = 0; ; n++) {
      const token = `${madeS}.${n}`;
      const digest = createHash("sha256").update(`${arn}|${address}|${token}`).digest();
      if (digest.readUInt16BE(0) === 0) return token;
    }
  }

  it.each([
    ["challenge", 202],
    ["captcha", 405],
  ])("%s: %i and a page for browsers", async (kind, status) => {
    const ports = behind(webAclOf(action(kind)));
    const page = await callOf(route, { path: "/pets", headers: { accept: "text/html" } }, { ports });
    expect([page.status, page.headers["x-amzn-waf-action"], page.headers["content-type"]]).toEqual([
      status,
      kind,
      "text/html; charset=UTF-8",
    ]);
    expect(page.body).toContain("aws-waf-token");
    const plain = await callOf(route, "GET /pets", { ports });
    expect([plain.status, plain.body]).toEqual([status, ""]);
  });

  it.each<[string, (arn: string) => string, number]>([
    ["a solved one lets pass", (arn) => solved(arn, nowS), 200],
    ["an old one does not", (arn) => solved(arn, nowS - 301), 202],
    ["one from the future does not", (arn) => solved(arn, nowS + 3600), 202],
    ["another client's does not", (arn) => solved(arn, nowS, "192.0.2.2"), 202],
    ["an invented one does not", () => `${nowS}.1`, 202],
  ])("%s", async (_what, tokenOf, status) => {
    const webAcl = webAclOf(action("challenge"));
    const headers = { cookie: `a=b; aws-waf-token=${tokenOf(webAcl.parts.arn)}` };
    expect((await callOf(route, { path: "/pets", headers }, { ports: behind(webAcl) })).status).toBe(status);
  });

  it("the page's own SHA-256 finds a token that is good", async () => {
    const webAcl = webAclOf(action("challenge"));
    const ports = behind(webAcl);
    const { body } = await callOf(route, { path: "/pets", headers: { accept: "text/html" } }, { ports });
    const script = /<script>([^]*)<\/script>/.exec(body)?.[1] ?? "";
    const browser = { document: { cookie: "" }, location: { reload: () => undefined } };
    // oxlint-disable-next-line no-new-func, typescript/no-implied-eval -- it is the page's program
    new Function("document", "location", script)(browser.document, browser.location);
    const cookie = browser.document.cookie.split(";")[0] ?? "";
    expect((await callOf(route, { path: "/pets", headers: { cookie } }, { ports })).status).toBe(200);
  });
});
