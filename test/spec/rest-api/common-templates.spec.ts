import { describe, expect, it } from "vitest";
import { readBody } from "../../kit/upstream.ts";
import { useGateway, useUpstream } from "../../kit/use.ts";

const upstream = useUpstream(async (request, response) => {
  response.end(await readBody(request));
});
const gateway = useGateway();

/** What the endpoint gets for a template and a body. */
async function sent(
  template: string,
  body: unknown,
  path = "/a/7?q=x%22y",
  stage: object = {},
): Promise<string> {
  const api = await gateway.deploy(
    {
      "POST /a/{id}": {
        integration: {
          type: "HTTP",
          httpMethod: "POST",
          uri: upstream.origin,
          requestTemplates: { "application/json": template },
          integrationResponses: { "200": {} },
        },
      },
    },
    { stage },
  );
  const reply = await gateway.invoke(api, path, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "Content-Type": "application/json", "User-Agent": "spec/1.0" },
  });
  expect(reply.status, reply.body).toBe(200);
  return reply.body;
}

/** Everything of a request as one JSON object: what AWS's console offers as "Method Request passthrough". */
const PASSTHROUGH = `##  Everything that is known of the request
#set($allParams = $input.params())
{
"body-json" : $input.json('$'),
"params" : {
#foreach($type in $allParams.keySet())
    #set($params = $allParams.get($type))
"$type" : {
    #foreach($paramName in $params.keySet())
    "$paramName" : "$util.escapeJavaScript($params.get($paramName)).replaceAll("\\\\'","'")"
        #if($foreach.hasNext),#end
    #end
}
    #if($foreach.hasNext),#end
#end
},
"stage-variables" : {
#foreach($key in $stageVariables.keySet())
"$key" : "$util.escapeJavaScript($stageVariables.get($key))"
    #if($foreach.hasNext),#end
#end
},
"context" : {
    "account-id" : "$context.identity.accountId",
    "api-id" : "$context.apiId",
    "api-key" : "$context.identity.apiKey",
    "authorizer-principal-id" : "$context.authorizer.principalId",
    "caller" : "$context.identity.caller",
    "http-method" : "$context.httpMethod",
    "stage" : "$context.stage",
    "source-ip" : "$context.identity.sourceIp",
    "user-agent" : "$context.identity.userAgent",
    "request-id" : "$context.requestId",
    "resource-path" : "$context.resourcePath"
    }
}
`;

describe("templates that people bring", () => {
  it("method request passthrough is JSON, with authorization's members empty", async () => {
    const body = { name: 'it\'s "quoted"', list: [1, 2.5, null], nested: { a: "ü/\n" } };
    const event = JSON.parse(
      await sent(PASSTHROUGH, body, undefined, { variables: { one: "1", two: "a/b" } }),
    ) as Record<string, Record<string, unknown>>;
    expect(event["body-json"]).toEqual(body);
    expect(event.params).toMatchObject({
      path: { id: "7" },
      querystring: { q: 'x"y' },
      header: { "Content-Type": "application/json", "User-Agent": "spec/1.0" },
    });
    expect(event["stage-variables"]).toEqual({ one: "1", two: "a/b" });
    expect(event.context).toMatchObject({
      "account-id": "",
      "api-key": "",
      "authorizer-principal-id": "",
      caller: "",
      "http-method": "POST",
      "resource-path": "/a/{id}",
      "source-ip": "127.0.0.1",
    });
  });

  it("a list becomes another list, with totals in variables", async () => {
    const template = `#set($inputRoot = $input.path('$'))
#set($total = 0)
{ "orders": [
#foreach($elem in $inputRoot.items)
  #set($line = $elem.price * $elem.quantity)
  #set($total = $total + $line)
  {"sku": "$elem.sku", "line": $line, "first": #if($foreach.index == 0)true#{else}false#end}#if($foreach.hasNext),#end
#end
], "total": $total, "count": $inputRoot.items.size(), "customer": "$!inputRoot.customer.name" }`;
    const items = [
      { sku: "a", price: 2, quantity: 3 },
      { sku: "b", price: 10, quantity: 1 },
    ];
    expect(JSON.parse(await sent(template, { items }))).toEqual({
      orders: [
        { sku: "a", line: 6, first: true },
        { sku: "b", line: 10, first: false },
      ],
      total: 16,
      count: 2,
      customer: "",
    });
  });

  it("maps are built, changed and printed by their entries", async () => {
    const template = `#set($attributes = {})
#foreach($key in $input.path('$').keySet())
#set($ignored = $attributes.put($key.toUpperCase(), $input.path('$').get($key)))
#end
$!attributes.remove("DROP")
{#foreach($e in $attributes.entrySet())"$e.key": "$e.value"#if($foreach.hasNext),#end#end}`;
    expect(JSON.parse((await sent(template, { a: 1, drop: 2, b: "x" })).replace(/^2/, ""))).toEqual({
      A: "1",
      B: "x",
    });
  });

  it("a form becomes JSON", async () => {
    const template = `#set($pairs = $input.body.split("&")){#foreach($pair in $pairs)#set($kv = $pair.split("="))"$util.urlDecode($kv[0])": "$util.urlDecode($kv[1])"#if($foreach.hasNext),#end#end}`;
    expect(JSON.parse(await sent(template, "name=Ada+L&city=S%C3%A3o%20Paulo"))).toEqual({
      name: "Ada L",
      city: "São Paulo",
    });
  });

  it("optional members are left out, defaults filled in, and strings checked", async () => {
    const template = `#set($in = $input.path('$'))
#if($in.email != "" && $in.email.contains("@"))#set($kind = "mail")#elseif($in.phone != "")#set($kind = "phone")#else#set($kind = "none")#end
{"kind": "$kind"#if($in.limit != ""), "limit": $in.limit#else, "limit": 10#end, "upper": "$in.name.toUpperCase().trim()", "short": "#if($in.name.length() > 3)$in.name.substring(0, 3)#{else}$in.name#end"}`;
    expect(JSON.parse(await sent(template, { email: "a@b", name: " ada l" }))).toEqual({
      kind: "mail",
      limit: 10,
      upper: "ADA L",
      short: " ad",
    });
    expect(JSON.parse(await sent(template, { phone: "1", limit: 5, name: "x" }))).toEqual({
      kind: "phone",
      limit: 5,
      upper: "X",
      short: "x",
    });
    expect(JSON.parse(await sent(template, { email: "no", name: "x" }))).toMatchObject({ kind: "none" });
  });

  it("a custom validation returns another status", async () => {
    const api = await gateway.deploy({
      "POST /a": {
        integration: {
          type: "MOCK",
          requestTemplates: {
            "application/json": `#if($input.path('$.age') >= 18){"statusCode": 200}#else{"statusCode": 400}#end`,
          },
          integrationResponses: {
            "200": {},
            "400": {
              selectionPattern: "400",
              responseTemplates: { "application/json": '{"message": "too young"}' },
            },
          },
        },
      },
    });
    const status = async (age: number) =>
      (await gateway.invoke(api, "/a", { method: "POST", body: `{"age": ${age}}` })).status;
    expect([await status(18), await status(17)]).toEqual([200, 400]);
  });
});
