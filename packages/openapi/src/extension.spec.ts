import { describe, expect, it } from "vitest";
import { type Member, objectAt } from "@tollgate/config";
import { API_EXTENSIONS } from "./api-extensions.ts";
import { type Json, parseDefinition } from "./document.ts";
import { memberOf, nameIn, valueOf } from "./extension.ts";
import { HTTP_API } from "./http-api/http-api-shape.ts";
import { extensionMember, importHttpIntegration } from "./http-api/import-http-integration.ts";
import { importIntegration, REST_INTEGRATION } from "./import-integration.ts";
import { Report } from "./report.ts";

/** A value of a member's type. */
const sample = ({ shape }: Member): Json =>
  shape.type === "number"
    ? 7
    : shape.type === "string"
      ? "VALUE"
      : shape.type === "list"
        ? ["a"]
        : { a: "b" };

const scalars = (members: ReadonlyMap<string, Member>): readonly [string, Member][] =>
  [...members].filter(([, { shape }]) => shape.type === "string" || shape.type === "number");

const importRestIntegration: typeof importHttpIntegration = (extension, at, report) =>
  importIntegration(extension, { path: "/", at }, report) as ReturnType<typeof importHttpIntegration>;

/** The result of importing an extension, and the findings. */
function imported(read: typeof importHttpIntegration, extension: Readonly<Record<string, Json>>) {
  const report = new Report(parseDefinition("{}"));
  const integration = read(extension, [], report);
  return { integration, messages: report.findings.map(({ message }) => message) };
}

describe("every member of an integration is read from x-amazon-apigateway-integration", () => {
  it.each(scalars(REST_INTEGRATION.shape.members))("of a REST API: %s", (name, member) => {
    const { integration, messages } = imported(importRestIntegration, {
      [nameIn(REST_INTEGRATION, name)]: sample(member),
    });
    expect([integration, messages]).toEqual([{ [name]: sample(member) }, []]);
  });

  it.each(scalars(objectAt(HTTP_API, ["integrations", "*"]).members))(
    "of an HTTP API: %s",
    (name, member) => {
      const { integration, messages } = imported(importHttpIntegration, {
        [extensionMember(name)]: sample(member),
      });
      expect([integration, messages]).toEqual([{ [name]: sample(member) }, []]);
    },
  );

  it("and unknown members are reported", () => {
    expect(imported(importRestIntegration, { integrationResponses: {}, colour: "red" }).messages).toEqual([
      "'integrationResponses' is not supported and was left out",
      "'colour' is not supported and was left out",
    ]);
    expect(
      imported(importHttpIntegration, { cacheNamespace: "a", responseTransferMode: "STREAM" }).messages,
    ).toEqual([
      "'cacheNamespace' is for REST APIs only and was left out",
      "'responseTransferMode' is not supported and was left out",
    ]);
  });
});

describe("members of extensions", () => {
  it("have the name in the spec, or exactly one other", () => {
    expect(memberOf(REST_INTEGRATION, "responses")?.member).toBe("integrationResponses");
    expect(memberOf(REST_INTEGRATION, "integrationResponses")).toBeUndefined();
  });

  it("accept enumerations in any case, numbers as strings and versions as numbers", () => {
    const closed = { type: "string", values: ["1.0", "2.0"] } as const;
    expect([valueOf(closed, 2), valueOf(closed, "on"), valueOf({ type: "number" }, "5")]).toEqual([
      "2.0",
      "ON",
      5,
    ]);
    expect([valueOf({ type: "string" }, "a"), valueOf({ type: "number" }, "a")]).toEqual(["a", "a"]);
  });
});

it("members of an API are extensions, except those that a definition has elsewhere", () => {
  expect(Object.fromEntries(API_EXTENSIONS)).toMatchObject({
    apiKeySource: "x-amazon-apigateway-api-key-source",
    binaryMediaTypes: "x-amazon-apigateway-binary-media-types",
    minimumCompressionSize: "x-amazon-apigateway-minimum-compression-size",
    policy: "x-amazon-apigateway-policy",
  });
  for (const elsewhere of ["name", "disableExecuteApiEndpoint", "tags"])
    expect(API_EXTENSIONS.has(elsewhere)).toBe(false);
});
