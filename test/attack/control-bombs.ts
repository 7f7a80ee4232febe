import { createHash, createHmac } from "node:crypto";
import type { Gateway } from "../kit/gateway.ts";
import type { AttackCase } from "./area.ts";

const CALL_MAX_MS = 20_000;

/** An alias that stands for five others, twenty times: 5^20 values. */
const aliases = Array.from({ length: 20 }, (_, i) => {
  const before = `*a${i}`;
  return `x${i}: &a${i + 1} [${[before, before, before, before, before].join(", ")}]`;
});
const YAML_BOMB = `openapi: 3.0.1\nfirst: &a0 [1, 2, 3]\n${aliases.join("\n")}\npaths: {}\n`;

/** 500 levels of NOT, which cost no capacity. */
const STATEMENT = `${'{"notStatement":{"statement":'.repeat(500)}{"labelMatchStatement":{"scope":"LABEL","key":"a"}}${"}}".repeat(500)}`;
const webAclOf = (statement: string) =>
  `{"defaultAction":{"allow":{}},"rules":[{"name":"r","priority":0,"action":{"block":{}},"statement":${statement}}]}`;

/** Calls of the control API with JSON and YAML that is deep or grows. None may keep the control plane, or be an internal failure. */
export function controlCases(gateway: Gateway, deepObject: string, deepList: string): readonly AttackCase[] {
  const definition = (part: string) =>
    `{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"x-amazon-apigateway-integration":${part}}}}}`;
  const ways: readonly (readonly [name: string, call: () => Promise<string>])[] = [
    ["an operation of AWS's", () => postTo(gateway, "/restapis", deepObject)],
    ["an imported definition", () => postTo(gateway, "/restapis?mode=import", definition(deepObject))],
    ["an imported list", () => postTo(gateway, "/restapis?mode=import", deepList)],
    ["imported YAML", () => postTo(gateway, "/restapis?mode=import", YAML_BOMB)],
    ["the spec of an entity", () => applied(gateway, "RestApi", deepObject)],
    [
      "the list of an entity",
      () => applied(gateway, "RestApi", `{"name":"n","binaryMediaTypes":${deepList}}`),
    ],
    ["a policy", () => applied(gateway, "RestApi", `{"name":"n","policy":${JSON.stringify(deepObject)}}`)],
    ["statements of a web ACL", () => applied(gateway, "WebAcl", webAclOf(STATEMENT))],
    ["statements that have no end", () => applied(gateway, "WebAcl", webAclOf(deepObject))],
    [
      "an HTTP API",
      () => applied(gateway, "Api", `{"name":"n","protocolType":"HTTP","routes":${deepObject}}`),
    ],
  ];
  return ways.map(([name, call]) => ({
    name: `deep or growing: ${name}`,
    input: "100,000 levels of JSON, or 5^20 aliases of YAML",
    expectation: `is refused as the client's fault within ${CALL_MAX_MS} ms`,
    attack: async () => {
      const startedMs = performance.now();
      const answer = await call();
      const tookMs = performance.now() - startedMs;
      const ready = (await fetch(`${gateway.controlUrl}/readyz`)).status;
      if (ready !== 200) return `the control plane is not ready: ${ready}`;
      if (!/^(400|INVALID_ARGUMENT|3 INVALID_ARGUMENT|8 RESOURCE_EXHAUSTED)/.test(answer))
        return answer.slice(0, 300);
      return tookMs > CALL_MAX_MS ? `${tookMs.toFixed(0)} ms` : undefined;
    },
  }));
}

/** Any signature is taken where authentication is off. */
async function postTo(gateway: Gateway, path: string, body: string): Promise<string> {
  const scope = "20260101/us-east-1/apigateway/aws4_request";
  const signature = createHmac("sha256", "any")
    .update(createHash("sha256").update(body).digest())
    .digest("hex");
  const response = await fetch(`${gateway.controlUrl}${path}`, {
    method: "POST",
    body,
    headers: {
      "Content-Type": "application/json",
      Authorization: `AWS4-HMAC-SHA256 Credential=AKIAAAAAAAAAAAAAAAAA/${scope}, SignedHeaders=host, Signature=${signature}`,
    },
  });
  return `${response.status} ${await response.text()}`;
}

let made = 0;

const applied = (gateway: Gateway, kind: string, specJson: string): Promise<string> =>
  gateway.config
    .apply({
      accountId: "",
      entities: [{ kind, apiId: "", id: `bombapi${String(++made).padStart(3, "0")}`, labels: {}, specJson }],
    })
    .then(
      () => "was taken",
      (error: Error) => error.message,
    );
