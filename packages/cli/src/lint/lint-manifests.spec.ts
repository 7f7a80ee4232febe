import { describe, expect, it } from "vitest";
import { lintFiles } from "./lint-manifests.ts";

const resource = (integration: object, more: object = {}) =>
  JSON.stringify({
    kind: "Resource",
    restApiId: "abcdefghij",
    id: "r1",
    spec: { path: "/a", methods: { GET: { integration, ...more } } },
  });
const api = '{"kind": "RestApi", "id": "abcdefghij", "spec": {"name": "n"}}';
const lint = (...texts: string[]) =>
  lintFiles(texts.map((text, i) => ({ name: `f${i}.yaml`, text }))).map(
    ({ file, path, message }) => `${file}: ${path}: ${message}`,
  );

describe("lint", () => {
  it("reports nothing for valid manifests", () => {
    expect(
      lint(
        api,
        resource({
          type: "MOCK",
          requestTemplates: { "application/json": '{"statusCode": #if($x)1#{else}2#end}' },
        }),
      ),
    ).toEqual([]);
  });

  it.each([
    {
      what: "an unknown member",
      texts: ['{"kind": "RestApi", "id": "abcdefghij", "spec": {"nome": "n"}}'],
      says: /f0\.yaml: RestApi\/abcdefghij: unknown member 'nome'/,
    },
    {
      what: "a policy",
      texts: [
        '{"kind": "User", "id": "ada", "spec": {"policies": {"own": {"Statement": [{"Effect": "Maybe", "Action": "a:B", "Resource": "*"}]}}}}',
      ],
      says: /User\/ada\.policies\.own\.Statement\[0\]\.Effect: must be Allow or Deny/,
    },
    {
      what: "who may be a role",
      texts: [
        '{"kind": "Role", "id": "r", "spec": {"assumeRolePolicyDocument": {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole"}}}}',
      ],
      says: /Role\/r\.assumeRolePolicyDocument\.Statement\.Principal: must have either Principal or NotPrincipal/,
    },
    {
      what: "an API's policy",
      texts: ['{"kind": "RestApi", "id": "abcdefghij", "spec": {"name": "n", "policy": {"Statement": []}}}'],
      says: /RestApi\/abcdefghij\.policy\.Statement: must contain at least one statement/,
    },
    {
      what: "a template",
      texts: [resource({ type: "MOCK", requestTemplates: { "application/json": "#if($x)" } })],
      says: /requestTemplates\.application\/json: line 1, column 1: #if has no #end/,
    },
    {
      what: "an expression",
      texts: [
        resource({
          type: "HTTP",
          uri: "http://x",
          requestParameters: { "integration.request.header.A": "header.B" },
        }),
      ],
      says: /'header\.B' must be method\.request/,
    },
    {
      what: "a pattern",
      texts: [resource({ type: "MOCK", integrationResponses: { "200": { selectionPattern: "(?=a)" } } })],
      says: /selectionPattern: .*look-around/,
    },
    {
      what: "a response's template",
      texts: [
        resource({ type: "MOCK", integrationResponses: { "200": { responseTemplates: { a: "#end" } } } }),
      ],
      says: /responseTemplates\.a: .*has nothing to close/,
    },
    {
      what: "a reference to nothing",
      texts: [api, resource({ type: "MOCK" }, { requestValidatorId: "none" })],
      says: /requestValidatorId: there is no RequestValidator 'none' in the files/,
    },
    {
      what: "a reference to a stage that an HTTP API lacks",
      texts: [
        '{"kind": "Api", "id": "abcdefghij", "spec": {"protocolType": "HTTP", "name": "n"}}',
        '{"kind": "DomainName", "id": "a.example", "spec": {"basePathMappings": {"v1": {"apiId": "abcdefghij", "stage": "none"}}}}',
      ],
      says: /DomainName\/a\.example\.basePathMappings.*: there is no ApiStage 'none' in the files/,
    },
    { what: "a duplicate entity", texts: [api, api], says: /RestApi\/abcdefghij: appears twice/ },
  ])("finds $what", ({ texts, says }) => {
    expect(lint(...texts).join("\n")).toMatch(says);
  });

  it("accepts references to what may exist in the control plane", () => {
    expect(lint(resource({ type: "MOCK" }, { requestValidatorId: "there" }))).toEqual([]);
  });
});
