import { describe, expect, it } from "vitest";
import { readBody } from "../../kit/upstream.ts";
import { useGateway, useUpstream } from "../../kit/use.ts";

const upstream = useUpstream(async (request, response) => {
  response.writeHead(200, { "content-type": "application/json", "X-Cost": "7" });
  const { url, method, headers } = request;
  response.end(JSON.stringify({ url, method, headers, body: String(await readBody(request)) }));
});
const gateway = useGateway();

/** A MOCK method whose response template is `template`; it sees the request through $input.params and $context. */
const responding = (template: string, request = '{"statusCode": 200}') => ({
  integration: {
    type: "MOCK",
    requestTemplates: { "application/json": request, "text/plain": request },
    integrationResponses: { "200": { responseTemplates: { "application/json": template } } },
  },
});

/** An HTTP method whose request template is `template`: the upstream returns the body that it received. */
const requesting = (template: string, more: object = {}) => ({
  requestParameters: { "method.request.path.id": true },
  integration: {
    type: "HTTP",
    httpMethod: "POST",
    uri: `${upstream.origin}/up`,
    requestTemplates: { "application/json": template },
    integrationResponses: { "200": {} },
    ...more,
  },
});

const bodySentFor = async (template: string, body: string): Promise<string> => {
  const api = await gateway.deploy({ "POST /a/{id}": requesting(template) });
  const reply = await gateway.invoke(api, "/a/7", {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });
  expect(reply.status, reply.body).toBe(200);
  return (JSON.parse(reply.body) as { body: string }).body;
};

describe("rendering rules (vtl §1)", () => {
  const body = '{"a":{"b":1,"c":"x"},"list":[{"n":"v"}],"empty":[],"none":null,"d":1.50,"t":true}';
  it.each([
    { rule: "a map prints in Java's form", template: "$input.path('$.a')", sent: "{b=1, c=x}" },
    { rule: "a list prints as JSON", template: "$input.path('$.list')", sent: '[{"n":"v"}]' },
    {
      rule: "a list within a map is JSON",
      template: "$input.path('$')",
      sent: '{a={b=1, c=x}, list=[{"n":"v"}], empty=[], none=null, d=1.5, t=true}',
    },
    {
      rule: "an element that is a map prints in Java's form",
      template: "$input.path('$.list')[0]",
      sent: "{n=v}",
    },
    { rule: "toString prints the same", template: "$input.path('$.a').toString()", sent: "{b=1, c=x}" },
    {
      rule: "a path that finds nothing is empty",
      template: "#set($x = $input.path('$.zip'))[$x]",
      sent: "[]",
    },
    { rule: "a JSON null is empty", template: "#set($x = $input.path('$.none'))[$x]", sent: "[]" },
    { rule: "a property of nothing is empty", template: "[$input.path('$.zip').a.b]", sent: "[]" },
    { rule: "a missing member is empty", template: "[$input.path('$.a').zip]", sent: "[]" },
    {
      rule: "nothing equals null and the empty text",
      template: "#set($x = $input.path('$.zip'))#if($x == $null)n#end#if($x == '')e#end",
      sent: "ne",
    },
    { rule: "nothing is true", template: "#if($input.path('$.zip'))t#{else}f#end", sent: "t" },
    {
      rule: "an empty list is [], not null and not empty",
      template: "#set($x = $input.path('$.empty'))$x#if($x == $null)n#end#if($x == '')e#end",
      sent: "[]",
    },
    { rule: "an undefined reference is empty", template: "[$foo][${foo}][$!foo]", sent: "[][][]" },
    {
      rule: "undefined variables of the gateway are empty",
      template: "[$context.zip][$stageVariables.zip][$input.params('zip')]",
      sent: "[][][]",
    },
    {
      rule: "booleans and numbers",
      template: "$input.path('$.t') $input.path('$.d') $input.path('$.a.b')",
      sent: "true 1.5 1",
    },
    {
      rule: "foreach tells where it is",
      template:
        "#foreach($i in ['a','b'])$foreach.index$foreach.count$velocityCount$i#if($foreach.hasNext),#end#end",
      sent: "011a,122b",
    },
    {
      rule: "single quotes do not interpolate",
      template: "#set($x = 'a')#set($y = \"<$x>\")#set($z = '<$x>')$y$z",
      sent: "<a><$x>",
    },
    {
      rule: "put prints its former value: nothing",
      template: "#set($m = {})[$m.put('a', 1)]$m",
      sent: "[]{a=1}",
    },
  ])("$rule", async ({ template, sent }) => {
    expect(await bodySentFor(template, body)).toBe(sent);
  });

  it("#foreach ends after 1,000 turns", async () => {
    const template = "#foreach($i in $input.path('$'))x#end";
    expect(await bodySentFor(template, JSON.stringify(Array(999).fill(1)))).toHaveLength(999);
    expect(await bodySentFor(template, JSON.stringify(Array(1000).fill(1)))).toHaveLength(1000);
    expect(await bodySentFor(template, JSON.stringify(Array(1001).fill(1)))).toHaveLength(1000);
  });

  it.each([
    { what: "an error of a method", template: "$input.path('$.list').get(9)" },
    { what: "endless recursion", template: "#macro(m)#m()#end#m()" },
    {
      what: "a text that doubles in a loop",
      template: '#set($x = "ab")#foreach($i in [1..100])#set($x = "$x$x")#end$x',
    },
    {
      what: "loops within loops",
      template: "#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])x#end#end#end",
    },
    { what: "a path that is none", template: "$input.path('$[')" },
  ])("$what costs a 500, never the process", async ({ template }) => {
    const api = await gateway.deploy({ "POST /a": requesting(template) });
    // Without limits each of them takes hours or all memory: how soon a template ends is a matter of packages/mapping.
    const reply = await gateway.invoke(api, "/a", { method: "POST", body: '{"list":[]}' });
    expect([reply.status, reply.body]).toEqual([500, '{"message": "Internal server error"}']);
  });

  it("nothing reaches JavaScript's objects", async () => {
    const template =
      "#set($o = {})#set($o.__proto__ = {'polluted': 1})#set($c = $o.constructor)$o.__proto__.polluted$c $input.constructor $util.getClass() ''.class";
    await bodySentFor(template, "{}");
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    const api = await gateway.deploy({
      "GET /a": responding("[$input.constructor][$context.__proto__][$util.hasOwnProperty('a')]"),
    });
    expect((await gateway.invoke(api, "/a")).body).toBe("[][][]");
  });
});

describe("$input (vtl §2)", () => {
  it.each([
    { rule: "body is the raw text", template: "$input.body", body: "no json", sent: "no json" },
    { rule: "an empty body is {}", template: "$input.body $input.json('$')", body: "", sent: "{} {}" },
    { rule: "attributes of the body text are empty", template: "[$input.body.x]", body: "{}", sent: "[]" },
    {
      rule: "json gives JSON text; a text keeps its quotes",
      template: "$input.json('$.a') $input.json('$.b')",
      body: '{"a":"x","b":{"c":1.0}}',
      sent: '"x" {"c":1.0}',
    },
    { rule: "json of nothing is two quotes", template: "$input.json('$.zip')", body: "{}", sent: '""' },
    {
      rule: "json of a body that is not JSON is its text",
      template: "$input.json('$')",
      body: "zip",
      sent: '"zip"',
    },
    {
      rule: "an indefinite path gives a list",
      template: "$input.json('$..n')",
      body: '[{"n":1},{"n":2}]',
      sent: "[1,2]",
    },
  ])("$rule", async ({ template, body, sent }) => {
    expect(await bodySentFor(template, body)).toBe(sent);
  });

  it("params looks in path, then query string, then header; repeated names give the last value; query values are decoded, path values not", async () => {
    const template =
      "$input.params('id')|$input.params('q')|$input.params('X-A')|$input.params('x-a')|$input.params().path.id|$input.params().querystring.q|$input.params().header.get('X-A')|$input.params().keySet()";
    const api = await gateway.deploy({ "GET /a/{id}": responding(template) });
    const reply = await gateway.invoke(api, "/a/x%2By?q=1&q=a%2Bb+c&id=no", {
      headers: ["X-A", "1", "X-A", "2"],
    });
    expect(reply.body).toBe("x%2By|a+b c|2||x%2By|a+b c|2|[path, querystring, header]");
  });

  it("in a response template the body is the integration's and params are still the request's", async () => {
    const api = await gateway.deploy({
      "POST /a/{id}": requesting("sent", {
        integrationResponses: {
          "200": { responseTemplates: { "application/json": "$input.path('$.body') $input.params('id')" } },
        },
      }),
    });
    const reply = await gateway.invoke(api, "/a/7", { method: "POST", body: "{}" });
    expect(reply.body).toBe("sent 7");
  });
});

describe("$util, $stageVariables and $context (vtl §3-5)", () => {
  it.each([
    { template: '$util.escapeJavaScript("a\'b""c/d\\e é")', sent: "a\\'b\\\"c\\/d\\\\e \\u00E9" },
    { template: "$util.escapeJavaScript($input.path('$.zip'))", sent: "" },
    { template: "$util.parseJson($input.body).a[1].b", sent: "2.0" },
    { template: "$util.urlEncode('a b{é}*') $util.urlDecode('a+b%7B')", sent: "a+b%7B%C3%A9%7D* a b{" },
    { template: "$util.base64Encode('é?') $util.base64Decode('w6k/')", sent: "w6k/ é?" },
  ])("$template", async ({ template, sent }) => {
    expect(await bodySentFor(template, '{"a":[1,{"b":2.0}]}')).toBe(sent);
  });

  it("stage variables are a map; missing ones are empty", async () => {
    const api = await gateway.deploy(
      {
        "GET /a": responding(
          "$stageVariables.x|$stageVariables['x']|${stageVariables.x}|$stageVariables.get('x')|$stageVariables.keySet()|$stageVariables.zip|",
        ),
      },
      { stage: { variables: { x: "1" } } },
    );
    expect((await gateway.invoke(api, "/a")).body).toBe("1|1|1|1|[x]||");
  });

  it("$method.request contains the request's parameters", async () => {
    const api = await gateway.deploy({
      "GET /a/{id}": responding(
        "$method.request.path.id|$method.request.querystring.q|$method.request.header.X-A|$method.request.header.none|",
      ),
    });
    const reply = await gateway.invoke(api, "/a/7?q=1", { headers: { "X-A": "h" } });
    expect(reply.body).toBe("7|1|h||");
  });

  it("$context contains what AWS provides", async () => {
    const names =
      "apiId stage httpMethod resourcePath path protocol accountId identity.sourceIp identity.userAgent".split(
        " ",
      );
    const api = await gateway.deploy({
      "GET /p/{x}": responding(names.map((name) => `$context.${name}`).join("|")),
    });
    const reply = await gateway.invoke(api, "/p/1", { headers: { "User-Agent": "spec" } });
    expect(reply.body).toBe(`${api}|prod|GET|/p/{x}|/prod/p/1|HTTP/1.1|000000000000|127.0.0.1|spec`);
  });

  it("requestId, times and the key sets", async () => {
    const api = await gateway.deploy({
      "GET /a": responding(
        "$context.requestId|$context.requestTime|$context.requestTimeEpoch|$context.keySet()|$context.identity.keySet()|[$context.get('identity')][$context.requestOverride][$context.authorizer.keySet()]",
      ),
    });
    const { body, headers } = await gateway.invoke(api, "/a");
    const [id, time, epoch, keys, identity, printed] = body.split("|");
    expect(id).toBe(headers["x-amzn-requestid"]);
    expect(time).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    expect(Number(epoch)).toBeGreaterThan(1.7e12);
    expect(keys?.slice(1, -1).split(", ").sort()).toEqual(
      "accountId apiId deploymentId domainName domainPrefix extendedRequestId httpMethod identity path protocol requestId requestOverride requestTime requestTimeEpoch resourceId resourcePath responseOverride stage".split(
        " ",
      ),
    );
    expect(identity).toContain("cognitoIdentityPoolId");
    expect(printed).toBe("[][][[]]");
  });

  it("everything written to an override map can be read, also as a side channel by the response template", async () => {
    const api = await gateway.deploy({
      "GET /a": responding(
        "$context.responseOverride.mine|$context.requestOverride.path.x",
        '#set($context.responseOverride.mine = "seen")$context.requestOverride.path.put("x", "y"){"statusCode": 200}',
      ),
    });
    expect((await gateway.invoke(api, "/a")).body).toBe("seen|y");
  });
});

it("a template that does not parse is accepted, as on AWS, and calls that use it get 500", async () => {
  const api = await gateway.deploy({
    "GET /request": responding("x", "{\n  #if($x\n}"),
    "GET /response": responding("{\n  #if($x\n}"),
    "GET /other": responding("works"),
  });
  const statuses = await Promise.all(
    ["/request", "/response", "/other"].map(async (path) => (await gateway.invoke(api, path)).status),
  );
  expect(statuses).toEqual([500, 500, 200]);
});

it("a template of 300 KB is accepted, one byte more is not", async () => {
  const template = (bytes: number) => `{"statusCode": 200}${" ".repeat(bytes - 19)}`;
  await gateway.deploy({ "GET /a": responding("x", template(300 * 1024)) });
  await expect(gateway.deploy({ "GET /a": responding("x", template(300 * 1024 + 1)) })).rejects.toThrow(
    /requestTemplates/,
  );
});
