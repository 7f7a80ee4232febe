import { describe, expect, it } from "vitest";
import {
  behind,
  callOf,
  httpRoute,
  restRoute,
  type TestedRequest,
  type WebAclSurroundings,
  WebSocketRunner,
  webAclOf,
} from "../kit/index.ts";

const NONE = [{ priority: 0, type: "NONE" }];
const header = { singleHeader: { name: "X-Kind" } };
const text = (fieldToMatch: object, searchString: string, more: object = {}) => ({
  byteMatchStatement: {
    searchString,
    fieldToMatch,
    textTransformations: NONE,
    positionalConstraint: "CONTAINS",
    ...more,
  },
});
const decoded = { textTransformations: [{ priority: 0, type: "URL_DECODE" }] };
const rule = (statement: object, more: object = { action: { block: {} } }, name = "r", priority = 0) => ({
  name,
  priority,
  statement,
  ...more,
});

const PROXY = { integration: { type: "HTTP_PROXY", uri: "http://pets.example", httpMethod: "POST" } };
const rest = (surroundings: object = {}) =>
  restRoute("ANY /{proxy+}", PROXY, { stage: { webAclId: "shield" }, ...surroundings });

/** What a call behind a web ACL gets. */
const through = (
  spec: object,
  request: string | TestedRequest = "GET /pets",
  surroundings: WebAclSurroundings = {},
) =>
  callOf(rest(), typeof request === "string" ? request : { path: "/pets", ...request }, {
    ports: behind(webAclOf(spec, surroundings)),
  });

/** Whether a statement matches a call. */
const matches = async (
  statement: object,
  request: string | TestedRequest,
  surroundings?: WebAclSurroundings,
) => (await through({ rules: [rule(statement)] }, request, surroundings)).call.waf?.action === "BLOCK";

const withBody = (body: string): TestedRequest => ({ method: "POST", path: "/pets", body });

describe("parts of a request", () => {
  it.each<[string, object, TestedRequest, boolean]>([
    [
      "a header, whatever the case of its name",
      text(header, "evil"),
      { headers: { "x-KIND": "so evil" } },
      true,
    ],
    ["a header that was not sent", text(header, "evil"), {}, false],
    ["one of repeated headers", text(header, "evil"), { headers: { "X-Kind": ["good", "evil"] } }, true],
    ["an argument", text({ singleQueryArgument: { name: "Q" } }, "evil"), { path: "/pets?a=1&q=evil" }, true],
    [
      "another argument",
      text({ singleQueryArgument: { name: "q" } }, "evil"),
      { path: "/pets?a=evil" },
      false,
    ],
    ["a hidden name", text({ singleQueryArgument: { name: "q" } }, "evil"), { path: "/pets?%71=evil" }, true],
    ["all arguments", text({ allQueryArguments: {} }, "evil"), { path: "/pets?a=1&b=evil" }, true],
    ["names of arguments", text({ allQueryArguments: {} }, "evil"), { path: "/pets?evil=1" }, false],
    ["the query string", text({ queryString: {} }, "a=1&b"), { path: "/pets?a=1&b=2" }, true],
    ["no query string", { notStatement: { statement: text({ queryString: {} }, "a") } }, {}, true],
    ["the path with its stage", text({ uriPath: {} }, "/test/pets"), { path: "/pets" }, true],
    ["the method", text({ method: {} }, "PUT"), { method: "PUT" }, true],
    ["the body", text({ body: {} }, "evil"), withBody("so evil"), true],
    ["no body", text({ body: {} }, "evil"), {}, false],
    [
      "a cookie",
      text(
        {
          cookies: {
            matchPattern: { includedCookies: ["a"] },
            matchScope: "VALUE",
            oversizeHandling: "MATCH",
          },
        },
        "evil",
      ),
      { headers: { cookie: "b=good; a=evil" } },
      true,
    ],
    [
      "all headers but some",
      text(
        {
          headers: {
            matchPattern: { excludedHeaders: ["X-Kind"] },
            matchScope: "ALL",
            oversizeHandling: "MATCH",
          },
        },
        "evil",
      ),
      { headers: { "x-kind": "evil" } },
      false,
    ],
    [
      "the order of headers",
      text({ headerOrder: { oversizeHandling: "MATCH" } }, "host:x-kind"),
      { headers: { "X-Kind": "1" } },
      true,
    ],
    [
      "too many headers",
      text({ headers: { matchPattern: { all: {} }, matchScope: "KEY", oversizeHandling: "MATCH" } }, "evil"),
      { headers: { "x-long": "x".repeat(8200) } },
      true,
    ],
    [
      "what is inspected of a header that is too long",
      text(
        { headers: { matchPattern: { all: {} }, matchScope: "VALUE", oversizeHandling: "CONTINUE" } },
        "evil",
      ),
      { headers: { "x-long": `evil${"x".repeat(8200)}` } },
      true,
    ],
    [
      "an argument whose name has a blank",
      text({ singleQueryArgument: { name: "a b" } }, "evil"),
      { path: "/pets?a+B=evil" },
      true,
    ],
    [
      "an argument whose name is not ASCII",
      text({ singleQueryArgument: { name: "naïf" } }, "evil"),
      { path: "/pets?na%C3%AFf=evil" },
      true,
    ],
    [
      "bytes that are not UTF-8",
      {
        regexMatchStatement: {
          regexString: "\\xac\\xed\\x00\\x05",
          fieldToMatch: { body: {} },
          textTransformations: NONE,
        },
      },
      { method: "POST", body: Buffer.from("aced0005", "hex") },
      true,
    ],
    ["bytes outside ASCII", text({ body: {} }, "naïve"), withBody("so naïve"), true],
  ])("%s", async (_what, statement, request, expected) => {
    expect(await matches(statement, request)).toBe(expected);
  });

  it.each<[string, object, string, boolean]>([
    ["a value", { matchScope: "VALUE" }, '{"a":{"b":"evil"}}', true],
    ["a key", { matchScope: "KEY" }, '{"evil":1}', true],
    ["a key where values are meant", { matchScope: "VALUE" }, '{"evil":1}', false],
    ["an escaped value", { matchScope: "VALUE" }, '{"a":"\\u0065vil"}', true],
    [
      "below a pointer",
      { matchScope: "ALL", matchPattern: { includedPaths: ["/a/0"] } },
      '{"a":["evil"]}',
      true,
    ],
    [
      "beside a pointer",
      { matchScope: "ALL", matchPattern: { includedPaths: ["/a/1"] } },
      '{"a":["evil"]}',
      false,
    ],
    ["up to an error", { matchScope: "VALUE" }, '{"a":"evil",]', true],
    ["after an error", { matchScope: "VALUE" }, '{"a":],"b":"evil"}', false],
    [
      "no JSON as a string",
      { matchScope: "VALUE", invalidFallbackBehavior: "EVALUATE_AS_STRING" },
      "evil",
      true,
    ],
    ["no JSON: MATCH", { matchScope: "VALUE", invalidFallbackBehavior: "MATCH" }, "good", true],
    ["no JSON: NO_MATCH", { matchScope: "VALUE", invalidFallbackBehavior: "NO_MATCH" }, "evil", false],
  ])("JSON: %s", async (_what, more, body, expected) => {
    expect(
      await matches(text({ jsonBody: { matchPattern: { all: {} }, ...more } }, "evil"), withBody(body)),
    ).toBe(expected);
  });

  it("JSON that is wrong before it is cut is no JSON", async () => {
    const field = {
      jsonBody: { matchPattern: { all: {} }, matchScope: "ALL", invalidFallbackBehavior: "MATCH" },
    };
    const padding = "x".repeat(17_000);
    expect(await matches(text(field, "evil"), withBody(`{evil:"${padding}"}`))).toBe(true);
    expect(await matches(text(field, "evil"), withBody(`{"a":"${padding}"}`))).toBe(false);
    expect(await matches(text(field, "evil"), withBody(`{"a":"evil ${padding}"}`))).toBe(true);
  });

  it.each<[string, boolean]>([
    ["CONTINUE", false],
    ["MATCH", true],
    ["NO_MATCH", false],
  ])("a body over the limit: %s", async (oversizeHandling, expected) => {
    const body = `${"x".repeat(16 * 1024)}evil`;
    expect(await matches(text({ body: { oversizeHandling } }, "evil"), withBody(body))).toBe(expected);
    expect(await matches(text({ body: { oversizeHandling } }, "x"), withBody(body))).toBe(
      oversizeHandling !== "NO_MATCH",
    );
  });

  it("as much of a body is inspected as the web ACL says", async () => {
    const body = `${"x".repeat(40_000)}evil${"y".repeat(100_000)}`;
    const rules = [rule(text({ body: {} }, "evil"), { action: { count: {} } })];
    const associationConfig = { requestBody: { API_GATEWAY: { defaultSizeInspectionLimit: "KB_48" } } };
    const { call } = await through({ rules, associationConfig }, withBody(body));
    expect(call.waf?.counted.map(({ name }) => name)).toEqual(["r"]);
    expect((await through({ rules }, withBody(body))).call.waf?.counted).toEqual([]);
  });
});

describe("statements", () => {
  const path = { uriPath: {} };
  it.each<[string, object, string, boolean]>([
    ["EXACTLY", text(path, "/test/a", { positionalConstraint: "EXACTLY" }), "GET /a", true],
    ["EXACTLY", text(path, "/test", { positionalConstraint: "EXACTLY" }), "GET /a", false],
    ["STARTS_WITH", text(path, "/te", { positionalConstraint: "STARTS_WITH" }), "GET /a", true],
    ["ENDS_WITH", text(path, ".php", { positionalConstraint: "ENDS_WITH" }), "GET /a.php", true],
    ["CONTAINS_WORD", text(path, "cat", { positionalConstraint: "CONTAINS_WORD" }), "GET /a/cat-b", true],
    ["CONTAINS_WORD", text(path, "cat", { positionalConstraint: "CONTAINS_WORD" }), "GET /a/cats", false],
    ["base64", text(path, "x", { searchString: undefined, searchStringBase64: "L2E=" }), "GET /a", true],
    [
      "a pattern",
      {
        regexMatchStatement: { regexString: "(?i)/A{2,30}$", fieldToMatch: path, textTransformations: NONE },
      },
      "GET /aaa",
      true,
    ],
    [
      "a size",
      {
        sizeConstraintStatement: {
          comparisonOperator: "GT",
          size: 7,
          fieldToMatch: path,
          textTransformations: NONE,
        },
      },
      "GET /ab",
      true,
    ],
    [
      "a size",
      {
        sizeConstraintStatement: {
          comparisonOperator: "GT",
          size: 8,
          fieldToMatch: path,
          textTransformations: NONE,
        },
      },
      "GET /ab",
      false,
    ],
    [
      "SQL",
      { sqliMatchStatement: { fieldToMatch: { queryString: {} }, ...decoded } },
      "GET /a?id=1%20or%201=1--",
      false,
    ],
    [
      "SQL",
      { sqliMatchStatement: { fieldToMatch: { allQueryArguments: {} }, ...decoded } },
      "GET /a?id=1%20or%201=1--",
      true,
    ],
    [
      "a script",
      { xssMatchStatement: { fieldToMatch: { allQueryArguments: {} }, ...decoded } },
      "GET /a?q=%3Cscript%3E",
      true,
    ],
    ["AND", { andStatement: { statements: [text(path, "a"), text(path, "b")] } }, "GET /ab", true],
    ["AND", { andStatement: { statements: [text(path, "a"), text(path, "b")] } }, "GET /a", false],
    ["OR", { orStatement: { statements: [text(path, "a"), text(path, "b")] } }, "GET /b", true],
    ["NOT", { notStatement: { statement: text(path, "a") } }, "GET /b", true],
  ])("%s %#", async (_what, statement, request, expected) => {
    expect(await matches(statement, request)).toBe(expected);
  });

  const set = {
    ipSets: { office: ["192.0.2.0/28", "198.51.100.7/32"], v6: ["2001:db8::/32"] },
    patternSets: { bots: ["^a", "bot$"] },
  };
  const forwarded = (position: string, fallbackBehavior = "MATCH", arn = "office") => ({
    ipSetReferenceStatement: {
      arn,
      ipSetForwardedIPConfig: { headerName: "X-Forwarded-For", fallbackBehavior, position },
    },
  });
  it.each<[string, object, string | undefined, boolean]>([
    ["the client's address", { ipSetReferenceStatement: { arn: "office" } }, undefined, true],
    ["an address outside", { ipSetReferenceStatement: { arn: "v6" } }, undefined, false],
    ["the first", forwarded("FIRST"), "192.0.2.5, 203.0.113.1", true],
    ["the first of others", forwarded("FIRST"), "203.0.113.1, 192.0.2.5", false],
    ["the last", forwarded("LAST"), "203.0.113.1, 192.0.2.5:443", true],
    ["any", forwarded("ANY"), "203.0.113.1, 198.51.100.7, 203.0.113.2", true],
    ["IPv6", forwarded("FIRST", "MATCH", "v6"), "[2001:DB8::1]:80", true],
    ["what is no address: MATCH", forwarded("FIRST"), "me", true],
    ["what is no address: NO_MATCH", forwarded("FIRST", "NO_MATCH"), "me", false],
    ["no header", forwarded("ANY"), undefined, false],
    [
      "its ARN",
      { ipSetReferenceStatement: { arn: "arn:aws:wafv2:us-east-1:000000000000:regional/ipset/office/0-0" } },
      undefined,
      true,
    ],
  ])("an IP set has %s", async (_what, statement, address, expected) => {
    const headers: TestedRequest["headers"] = address === undefined ? {} : { "X-Forwarded-For": address };
    expect(await matches(statement, { headers }, set)).toBe(expected);
  });

  it("a set of patterns has one that matches", async () => {
    const statement = {
      regexPatternSetReferenceStatement: { arn: "bots", fieldToMatch: header, textTransformations: NONE },
    };
    expect(await matches(statement, { headers: { "X-Kind": "robot" } }, set)).toBe(true);
    expect(await matches(statement, { headers: { "X-Kind": "robots" } }, set)).toBe(false);
  });
});

describe("rules", () => {
  const always = text({ method: {} }, "GET");

  it("run by their priorities until one ends the call", async () => {
    const rules = [
      rule(always, { action: { block: {} } }, "last", 9),
      rule(always, { action: { count: {} } }, "first", 1),
      rule(always, { action: { allow: {} } }, "second", 2),
    ];
    const { status, call } = await through({ rules });
    expect(status).toBe(200);
    expect([call.waf?.action, call.waf?.rule?.name, call.waf?.counted.map(({ name }) => name)]).toEqual([
      "ALLOW",
      "second",
      ["first"],
    ]);
  });

  it("what matches none has the default action", async () => {
    expect((await through({ defaultAction: { block: {} } })).status).toBe(403);
    expect((await through({ defaultAction: { allow: {} } })).call.waf).toMatchObject({
      action: "ALLOW",
      rule: undefined,
    });
  });

  it.each([
    ["a label of an earlier rule", { scope: "LABEL", key: "team:bot" }, 403],
    ["its full name", { scope: "LABEL", key: "awswaf:000000000000:webacl:shield:team:bot" }, 403],
    ["its namespace", { scope: "NAMESPACE", key: "team:" }, 403],
    ["it without its namespace", { scope: "LABEL", key: "bot" }, 403],
    ["both", { scope: "LABEL", key: "awswaf:000000000000:webacl:shield:bot" }, 403],
    ["the web ACL", { scope: "NAMESPACE", key: "awswaf:000000000000:webacl:shield:" }, 403],
    ["another label", { scope: "LABEL", key: "ot" }, 200],
    ["another web ACL's", { scope: "LABEL", key: "awswaf:000000000000:webacl:other:team:bot" }, 200],
    ["another namespace", { scope: "NAMESPACE", key: "eam:" }, 200],
    ["a name as a namespace", { scope: "NAMESPACE", key: "bot:" }, 200],
  ])("see %s", async (_what, labelMatchStatement, status) => {
    const rules = [
      rule(always, { action: { count: {} }, ruleLabels: [{ name: "team:bot" }] }, "labels", 1),
      rule({ labelMatchStatement }, { action: { block: {} } }, "sees", 2),
    ];
    expect((await through({ rules })).status).toBe(status);
  });

  it("a block may have a response of its own, which is no gateway response", async () => {
    const customResponse = {
      responseCode: 429,
      customResponseBodyKey: "slow",
      responseHeaders: [{ name: "Retry-After", value: "60" }],
    };
    const customResponseBodies = { slow: { contentType: "TEXT_PLAIN", content: "slow down" } };
    const { status, body, headers } = await through({
      rules: [rule(always, { action: { block: { customResponse } } })],
      customResponseBodies,
    });
    expect([status, body, headers["content-type"], headers["retry-after"]]).toEqual([
      429,
      "slow down",
      "text/plain",
      "60",
    ]);
  });
});

describe("rule groups", () => {
  const blocks = rule(
    text({ uriPath: {} }, "evil"),
    { action: { block: {} }, ruleLabels: [{ name: "seen" }] },
    "inner",
  );
  const group = {
    ruleGroups: {
      own: { rules: [blocks, rule(text({ uriPath: {} }, "worse"), { action: { block: {} } }, "later", 5)] },
    },
  };
  const use = (more: object, outer: object = {}) =>
    rule(
      { ruleGroupReferenceStatement: { arn: "own", ...more } },
      { overrideAction: { none: {} }, ...outer },
      "group",
      1,
    );

  it.each([
    ["its rules run in its place", use({}), 403],
    ["an override counts the whole group", use({}, { overrideAction: { count: {} } }), 200],
    [
      "an override changes the action of a rule",
      use({ ruleActionOverrides: [{ name: "inner", actionToUse: { count: {} } }] }),
      200,
    ],
    ["the older form counts too", use({ excludedRules: [{ name: "inner" }] }), 200],
  ])("%s", async (_what, used, status) => {
    const found = await through({ rules: [used] }, "GET /evil", group);
    expect(found.status).toBe(status);
    expect(found.call.waf?.labels).toEqual(["awswaf:000000000000:rulegroup:own:seen"]);
  });

  it.each<[string, object, string]>([
    [
      "managedRuleGroupStatement",
      { vendorName: "AWS", name: "AWSManagedRulesCommonRuleSet" },
      "NoUserAgent_HEADER",
    ],
    ["ruleGroupReferenceStatement", { arn: "own" }, "inner"],
  ])("an override in a %s can use the bodies of the web ACL", async (kind, named, name) => {
    const customResponse = { responseCode: 429, customResponseBodyKey: "slow" };
    const ruleActionOverrides = [{ name, actionToUse: { block: { customResponse } } }];
    const found = await through(
      {
        rules: [rule({ [kind]: { ...named, ruleActionOverrides } }, { overrideAction: { none: {} } })],
        customResponseBodies: { slow: { contentType: "TEXT_PLAIN", content: "slow down" } },
      },
      "GET /evil",
      group,
    );
    expect([found.status, found.body]).toEqual([429, "slow down"]);
  });

  it("a counted group ends at the rule that would have ended the call", async () => {
    const found = await through(
      { rules: [use({}, { overrideAction: { count: {} } })] },
      "GET /evil/worse",
      group,
    );
    expect(found.call.waf?.counted.map(({ nameInGroup }) => nameInGroup)).toEqual(["inner"]);
  });

  const managed = (name: string, more: object = {}) =>
    rule(
      { managedRuleGroupStatement: { vendorName: "AWS", name, ...more } },
      { overrideAction: { none: {} } },
    );
  const agent = { "User-Agent": "curl/8" };
  it.each<[string, string, TestedRequest, string | undefined]>([
    ["AWSManagedRulesCommonRuleSet", "a plain call", { path: "/pets?limit=10", headers: agent }, undefined],
    ["AWSManagedRulesCommonRuleSet", "no User-Agent", {}, "NoUserAgent_HEADER"],
    [
      "AWSManagedRulesCommonRuleSet",
      "a scanner",
      { headers: { "User-Agent": "sqlmap/1.8" } },
      "UserAgent_BadBots_HEADER",
    ],
    [
      "AWSManagedRulesCommonRuleSet",
      "a script",
      { path: "/a?q=%3Cscript%3E", headers: agent },
      "CrossSiteScripting_QUERYARGUMENTS",
    ],
    [
      "AWSManagedRulesCommonRuleSet",
      "a file of the host",
      { path: "/a?f=../../etc/passwd", headers: agent },
      "GenericLFI_QUERYARGUMENTS",
    ],
    [
      "AWSManagedRulesCommonRuleSet",
      "metadata",
      { path: "/a?u=http://169.254.169.254/", headers: agent },
      "EC2MetaDataSSRF_QUERYARGUMENTS",
    ],
    [
      "AWSManagedRulesKnownBadInputsRuleSet",
      "Log4j",
      { headers: { "X-Api": "${${lower:j}ndi:ldap://x}" } },
      "Log4JRCE_HEADER",
    ],
    [
      "AWSManagedRulesKnownBadInputsRuleSet",
      "a repository",
      { path: "/.git/config" },
      "ExploitablePaths_URIPATH",
    ],
    ["AWSManagedRulesSQLiRuleSet", "SQL", { path: "/a?id=1%27%20or%20%271%27=%271" }, "SQLi_QUERYARGUMENTS"],
    ["AWSManagedRulesSQLiRuleSet", "a sentence", { path: "/a?q=Tom%27s+and+Jerry%27s" }, undefined],
  ])("%s: %s", async (name, _what, request, expected) => {
    const { call } = await through({ rules: [managed(name)] }, request);
    expect(call.waf?.rule?.nameInGroup).toBe(expected);
  });

  it("a scope-down statement limits a managed group to some calls", async () => {
    const scopeDownStatement = text({ uriPath: {} }, "/admin");
    const rules = [managed("AWSManagedRulesCommonRuleSet", { scopeDownStatement })];
    expect((await through({ rules }, "GET /pets")).status).toBe(200);
    expect((await through({ rules }, "GET /admin")).status).toBe(403);
  });
});

describe("a web ACL of a stage", () => {
  const block = { rules: [rule(text({ method: {} }, "GET"))] };

  it("REST: WAF_FILTERED, before authorization and for calls that no method takes", async () => {
    const route = restRoute(
      "GET /pets",
      { authorizationType: "AWS_IAM", ...PROXY },
      { stage: { webAclId: "shield" } },
    );
    const ports = behind(webAclOf(block));
    for (const path of ["GET /pets", "GET /nothing"]) {
      const { status, body, headers, sent } = await callOf(route, path, { ports });
      expect([status, body, headers["x-amzn-errortype"], sent.length]).toEqual([
        403,
        '{"message":"Forbidden"}',
        "ForbiddenException",
        0,
      ]);
    }
  });

  it("REST: the gateway response can be customised, and is in the execution log", async () => {
    const route = rest({
      definitions: {
        GatewayResponse: {
          WAF_FILTERED: {
            statusCode: "418",
            responseTemplates: { "application/json": "$context.wafResponseCode" },
          },
        },
      },
      stage: { webAclId: "shield", methodSettings: { "*/*": { loggingLevel: "INFO" } } },
    });
    const { status, body, log } = await callOf(route, "GET /pets", { ports: behind(webAclOf(block)) });
    expect([status, body]).toEqual([418, "WAF_BLOCK"]);
    expect(log.join("\n")).toContain("BLOCK by r");
    expect(log.join("\n")).toContain("Gateway response type: WAF_FILTERED with status code: 418");
  });

  it("HTTP: 403 Forbidden", async () => {
    const integration = {
      integrationType: "HTTP_PROXY",
      integrationUri: "http://pets.example",
      integrationMethod: "GET",
    };
    const route = httpRoute(
      "GET /pets",
      { ...integration, payloadFormatVersion: "1.0" },
      { stage: { webAclId: "shield" } },
    );
    const { status, body } = await callOf(route, "GET /pets", { ports: behind(webAclOf(block)) });
    expect([status, body]).toEqual([403, '{"message":"Forbidden"}']);
  });

  it("WebSocket: 403 for the handshake, before the authorizer is asked", async () => {
    const runner = new WebSocketRunner(
      {
        routes: { $connect: { authorizationType: "AWS_IAM", integration: { integrationType: "MOCK" } } },
        stage: { webAclId: "shield" },
      },
      { ports: behind(webAclOf(block)) },
    );
    const { connected } = await runner.connect();
    expect(connected.status).toBe(403);
    expect(connected.call.waf?.action).toBe("BLOCK");
  });

  it("that cannot be used lets nothing pass", async () => {
    expect((await callOf(rest(), "GET /pets", { ports: behind(undefined) })).status).toBe(503);
  });
});
