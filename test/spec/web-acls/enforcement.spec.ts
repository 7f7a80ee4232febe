import { describe, expect, it } from "vitest";
import { deployHttpApi, toUrl } from "../../kit/http-api.ts";
import { mock, proxy } from "../../kit/rest-api.ts";
import { useGateway, useUpstream } from "../../kit/use.ts";

const gateway = useGateway();
const upstream = useUpstream((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () =>
    response.end(`${Buffer.concat(chunks).length} ${request.headers["x-amzn-waf-seen"] ?? ""}`),
  );
});

const NONE = [{ priority: 0, type: "NONE" }];
const contains = (fieldToMatch: object, searchString: string) => ({
  byteMatchStatement: {
    searchString,
    fieldToMatch,
    textTransformations: NONE,
    positionalConstraint: "CONTAINS",
  },
});
const rule = (name: string, priority: number, statement: object, action: object = { block: {} }) => ({
  name,
  priority,
  statement,
  action,
});
const webAcl = (id: string, rules: readonly object[], more: object = {}) => ({
  kind: "WebAcl",
  id,
  spec: { defaultAction: { allow: {} }, rules, ...more },
});

async function applied(entities: Parameters<typeof gateway.apply>[0]): Promise<void> {
  const { revision } = await gateway.apply(entities);
  await gateway.wait(revision);
}

describe("a web ACL of a REST stage (waf-api §8)", () => {
  it("takes effect at once when it, or what it refers to, changes", async () => {
    await applied([
      { kind: "IpSet", id: "blocked", spec: { ipAddressVersion: "IPV4", addresses: [] } },
      webAcl("live", [rule("addresses", 1, { ipSetReferenceStatement: { arn: "blocked" } })]),
    ]);
    const api = await gateway.deploy({ "GET /a": mock("fine") }, { stage: { webAclId: "live" } });
    const status = async () => (await gateway.invoke(api, "/a")).status;
    expect(await status()).toBe(200);
    await applied([
      { kind: "IpSet", id: "blocked", spec: { ipAddressVersion: "IPV4", addresses: ["127.0.0.0/8"] } },
    ]);
    const refused = await gateway.invoke(api, "/a");
    expect([refused.status, refused.body, refused.headers["x-amzn-errortype"]]).toEqual([
      403,
      '{"message":"Forbidden"}',
      "ForbiddenException",
    ]);
    await applied([webAcl("live", [])]);
    expect(await status()).toBe(200);
  });

  it("reads the start of a body that is then streamed, and adds headers", async () => {
    const insert = { count: { customRequestHandling: { insertHeaders: [{ name: "seen", value: "yes" }] } } };
    await applied([
      webAcl("bodies", [
        rule("counted", 1, contains({ body: {} }, "hello"), insert),
        rule("blocked", 2, contains({ body: {} }, "evil")),
      ]),
    ]);
    const api = await gateway.deploy(
      { "POST /a": proxy(upstream.origin) },
      { stage: { webAclId: "bodies" } },
    );
    const post = async (body: string) => (await gateway.invoke(api, "/a", { method: "POST", body })).body;
    expect(await post(`hello${"x".repeat(2_000_000)}`)).toBe("2000005 yes");
    expect(await post("short")).toBe("5 ");
    expect(await post("evil")).toBe('{"message":"Forbidden"}');
  });

  it("limits the calls of an address, over all workers and nodes", async () => {
    const rate = { rateBasedStatement: { limit: 10, evaluationWindowSec: 600, aggregateKeyType: "IP" } };
    const slow = { block: { customResponse: { responseCode: 429 } } };
    await applied([webAcl("rate", [rule("flood", 1, rate, slow)])]);
    const api = await gateway.deploy({ "GET /a": mock("fine") }, { stage: { webAclId: "rate" } });
    const statuses = [];
    for (let i = 0; i < 13; i++) statuses.push((await gateway.invoke(api, "/a")).status);
    expect(statuses.filter((status) => status === 200).length).toBe(10);
    expect(statuses.slice(10)).toEqual([429, 429, 429]);
  });

  it("counts what its rules did", async () => {
    const metrics = await gateway.metrics();
    const value = (name: string, of: string, rule: string) =>
      new RegExp(
        `^${name}\\w*\\{[^\\n]*WebACL="${of}"[^\\n]*Rule="${rule}"[^\\n]* (\\d+)|^${name}\\w*\\{[^\\n]*Rule="${rule}"[^\\n]*WebACL="${of}"[^\\n]* (\\d+)`,
        "m",
      )
        .exec(metrics)
        ?.slice(1)
        .find((found) => found !== undefined);
    expect(value("AllowedRequests", "bodies", "ALL")).toBe("2");
    expect(value("AllowedRequests", "bodies", "Default_Action")).toBe("2");
    expect(value("BlockedRequests", "bodies", "blocked")).toBe("1");
    expect(value("CountedRequests", "bodies", "counted")).toBe("1");
    expect(value("BlockedRequests", "rate", "flood")).toBe("3");
  });

  it("cannot be deleted while a stage has it, nor what it refers to", async () => {
    await applied([{ kind: "RegexPatternSet", id: "used", spec: { regularExpressions: ["x"] } }]);
    const set = {
      regexPatternSetReferenceStatement: {
        arn: "used",
        fieldToMatch: { uriPath: {} },
        textTransformations: NONE,
      },
    };
    await applied([webAcl("held", [rule("r", 1, set)])]);
    await gateway.deploy({ "GET /a": mock("fine") }, { stage: { webAclId: "held" } });
    await expect(gateway.config.delete({ kind: "WebAcl", id: "held" })).rejects.toThrow(
      /Stage 'prod' refers to it/,
    );
    await expect(gateway.config.delete({ kind: "RegexPatternSet", id: "used" })).rejects.toThrow(
      /WebAcl 'held' refers to it/,
    );
  });

  it.each([
    [
      "a pattern that is not linear",
      {
        regexMatchStatement: {
          regexString: "(a)\\1",
          fieldToMatch: { uriPath: {} },
          textTransformations: NONE,
        },
      },
      /regexString/,
    ],
    [
      "a set that there is not",
      { ipSetReferenceStatement: { arn: "nothing" } },
      /there is no IpSet 'nothing'/,
    ],
    ["countries", { geoMatchStatement: { countryCodes: ["XX"] } }, /needs a database of countries/],
    [
      "a rate inside of another statement",
      { notStatement: { statement: { rateBasedStatement: { limit: 10, aggregateKeyType: "IP" } } } },
      /cannot be part of another/,
    ],
  ])("is refused with %s", async (_what, statement, message) => {
    await expect(gateway.apply([webAcl("wrong", [rule("r", 1, statement)])])).rejects.toThrow(message);
  });
});

describe("a web ACL of an HTTP stage", () => {
  it("inspects its calls", async () => {
    await applied([webAcl("http", [rule("evil", 1, contains({ uriPath: {} }, "evil"))])]);
    const { call } = await deployHttpApi(gateway, {
      routes: {
        "GET /{proxy+}": {
          integration: toUrl(`${upstream.origin}/{proxy}`, {
            integrationMethod: "GET",
            payloadFormatVersion: "1.0",
          }),
        },
      },
      stage: { webAclId: "http" },
    });
    expect((await call("/good")).status).toBe(200);
    const refused = await call("/evil");
    expect([refused.status, refused.body]).toEqual([403, '{"message":"Forbidden"}']);
  });
});
