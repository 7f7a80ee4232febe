import { describe, expect, it } from "vitest";
import { checkRules, importOpenApi, LINT_RULES } from "./index.ts";

const mock = { "x-amazon-apigateway-integration": { type: "mock" } };
const guarded = { ...mock, operationId: "op", security: [{ iam: [] }] };
const SECURITY = {
  components: {
    securitySchemes: {
      iam: {
        type: "apiKey",
        name: "Authorization",
        in: "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
      },
    },
  },
};
const to = (uri: string, more: object = {}) => ({
  ...guarded,
  "x-amazon-apigateway-integration": { type: "http_proxy", httpMethod: "GET", uri, ...more },
});

function found(paths: object, more: { components?: object } & object = {}): string[] {
  const definition = {
    openapi: "3.0.1",
    info: { title: "t" },
    paths,
    ...more,
    components: { ...SECURITY.components, ...more.components },
  };
  const outcome = importOpenApi(JSON.stringify(definition, null, 1), { apiId: "abcdefghij" });
  checkRules(LINT_RULES, outcome);
  return outcome.findings.map(
    ({ level, rule, pointer, message }) => `${level} ${rule} ${pointer} ${message}`,
  );
}

const allow = (statement: object = {}) => ({
  "x-amazon-apigateway-policy": {
    Statement: [
      {
        Effect: "Allow",
        Principal: "*",
        Action: "execute-api:Invoke",
        Resource: "execute-api:/*",
        ...statement,
      },
    ],
  },
});
const verbs = ["get", "put", "post", "delete", "options", "head", "patch"];

describe("rules of definitions", () => {
  it("find nothing in a correct definition", () => {
    expect(found({ "/a": { get: guarded, options: mock }, "/b": { get: to("https://a.example") } })).toEqual(
      [],
    );
  });

  it.each([
    {
      rule: "open-method",
      paths: { "/a": { get: { ...mock, operationId: "op" } } },
      says: "warning open-method /paths/~1a/get anybody may call GET /a: it has no authorization and no API key",
    },
    {
      rule: "open-policy",
      paths: {},
      more: allow(),
      says: "warning open-policy /x-amazon-apigateway-policy the policy allows everybody, without a condition",
    },
    {
      rule: "missing-validator",
      paths: { "/a": { get: { ...guarded, parameters: [{ name: "q", in: "query", required: true }] } } },
      says: /^warning missing-validator \/paths\/~1a\/get GET \/a has required parameters or models/,
    },
    {
      rule: "unused-model",
      paths: {},
      more: { components: { schemas: { A: { items: { $ref: "#/components/schemas/A" } } } } },
      says: "info unused-model /components/schemas/A the model 'A' is not used",
    },
    {
      rule: "shadowed-method",
      paths: {
        "/a": Object.fromEntries([...verbs, "x-amazon-apigateway-any-method"].map((verb) => [verb, guarded])),
      },
      says: "warning shadowed-method /paths/~1a/x-amazon-apigateway-any-method ANY /a is never called: every verb has its own method",
    },
    {
      rule: "shadowed-method",
      paths: {
        "/a/{all+}": { get: guarded },
        "/a/{id}": { get: guarded },
        "/a/{id}/{rest+}": { "x-amazon-apigateway-any-method": guarded },
      },
      says: "warning shadowed-method /paths/~1a~1{all+}/get GET /a/{all+} is never called: /a/{id} and /a/{id}/{rest+} match all its calls",
    },
    {
      rule: "over-quota",
      paths: Object.fromEntries(Array.from({ length: 301 }, (_, i) => [`/a${i}`, { get: guarded }])),
      says: "warning over-quota /info 301 resources: AWS accepts 300 in one API",
    },
    {
      rule: "plain-http",
      paths: { "/a": { get: to("http://a.example") } },
      says: "warning plain-http /paths/~1a/get/x-amazon-apigateway-integration/uri 'http://a.example' is called without encryption",
    },
    {
      rule: "unverified-tls",
      paths: { "/a": { get: to("https://a.example", { tlsConfig: { insecureSkipVerification: true } }) } },
      says: /^warning unverified-tls \/paths\/~1a\/get\/x-amazon-apigateway-integration\/tlsConfig anybody can impersonate/,
    },
    {
      rule: "no-operation-id",
      paths: { "/a": { get: { ...guarded, operationId: undefined } } },
      says: "info no-operation-id /paths/~1a/get GET /a has no operationId",
    },
  ])("$rule", ({ paths, more, says }) => {
    expect(found(paths, more)).toEqual([typeof says === "string" ? says : expect.stringMatching(says)]);
  });

  it.each([
    {
      what: "a policy guards the API",
      paths: { "/a": { get: { ...mock, operationId: "op" } } },
      more: allow({ Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } }),
    },
    { what: "an upstream is on this machine", paths: { "/a": { get: to("http://127.0.0.1:1") } } },
    {
      what: "a validator checks",
      paths: { "/a": { get: { ...guarded, parameters: [{ name: "q", in: "query", required: true }] } } },
      more: {
        "x-amazon-apigateway-request-validator": "all",
        "x-amazon-apigateway-request-validators": { all: { validateRequestParameters: true } },
      },
    },
    {
      what: "a greedy path has its own calls",
      paths: {
        "/a/{all+}": { get: guarded, post: guarded },
        "/a/{id}": { get: guarded },
        "/a/{id}/{rest+}": { get: guarded },
      },
    },
  ])("find nothing if $what", ({ paths, more }) => {
    expect(found(paths, more)).toEqual([]);
  });

  it("each has a unique name", () => {
    expect(new Set(LINT_RULES.map(({ id }) => id)).size).toBe(LINT_RULES.length);
  });
});
