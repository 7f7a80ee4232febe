import { describe, expect, it } from "vitest";
import { callOf, restRoute } from "../kit/index.ts";

const TYPES = { text: "text/plain", binary: "image/png" };
const API = { api: { binaryMediaTypes: ["image/png"] } };
/** Not UTF-8. */
const RAW = Buffer.from([0xff, 0x00, 0x61]);
const REPLACED = Buffer.from("\ufffd\u0000a");
const BASE64 = Buffer.from(RAW.toString("base64"));
const FAILED = "500";

type Class = keyof typeof TYPES;
type Handling = "CONVERT_TO_TEXT" | "CONVERT_TO_BINARY" | undefined;

const withHandling = (contentHandling: Handling) => (contentHandling ? { contentHandling } : {});
const json = (template: string) => ({
  "application/json": template,
  "text/plain": template,
  "image/png": template,
});

/** AWS: content type conversions in API Gateway, request. */
const REQUESTS: readonly (readonly [Class, Handling, Buffer, Buffer | typeof FAILED])[] = [
  ["text", undefined, RAW, REPLACED],
  ["text", "CONVERT_TO_TEXT", RAW, REPLACED],
  ["text", "CONVERT_TO_BINARY", BASE64, RAW],
  ["text", "CONVERT_TO_BINARY", Buffer.from("not base64"), FAILED],
  ["text", "CONVERT_TO_BINARY", Buffer.from("this is a UTF8 text typed object"), FAILED],
  ["text", "CONVERT_TO_BINARY", Buffer.from("abcde"), FAILED],
  ["text", "CONVERT_TO_BINARY", Buffer.from("YQ="), FAILED],
  ["binary", undefined, RAW, RAW],
  ["binary", "CONVERT_TO_TEXT", RAW, BASE64],
  ["binary", "CONVERT_TO_BINARY", RAW, RAW],
];

describe.each(["HTTP", "HTTP_PROXY"])("a request of an %s integration", (type) => {
  it.each(REQUESTS)("%s, %s: %j becomes %j", async (payload, handling, body, wanted) => {
    const integration = { type, httpMethod: "POST", uri: "http://up.example", ...withHandling(handling) };
    const more = type === "HTTP" ? { integrationResponses: { "200": {} } } : {};
    // The table says nothing of a proxy without handling: it streams.
    if (type === "HTTP_PROXY" && handling === undefined) return;
    const { status, sent } = await callOf(
      restRoute("POST /a", { integration: { ...integration, ...more } }, API),
      {
        method: "POST",
        path: "/a",
        headers: { "Content-Type": TYPES[payload] },
        body,
      },
    );
    if (wanted === FAILED) expect([status, sent]).toEqual([500, []]);
    else expect([status, Buffer.from(sent[0]?.request.body as Buffer)]).toEqual([200, wanted]);
  });
});

describe("a template over a request", () => {
  it.each([
    ["text", undefined, "hi", "hi"],
    ["text", "CONVERT_TO_TEXT", "hi", "hi"],
    ["text", "CONVERT_TO_BINARY", "aGk=", FAILED],
    ["binary", undefined, "hi", FAILED],
    ["binary", "CONVERT_TO_TEXT", "hi", "aGk="],
    ["binary", "CONVERT_TO_BINARY", "hi", FAILED],
  ] as const)("%s, %s: reads %j as %j", async (payload, handling, body, wanted) => {
    const integration = {
      type: "HTTP",
      httpMethod: "POST",
      uri: "http://up.example",
      requestTemplates: json("$input.body"),
      integrationResponses: { "200": {} },
      ...withHandling(handling),
    };
    const { status, sent } = await callOf(restRoute("POST /a", { integration }, API), {
      method: "POST",
      path: "/a",
      headers: { "Content-Type": TYPES[payload] },
      body,
    });
    if (wanted === FAILED) expect([status, sent]).toEqual([500, []]);
    else expect([status, sent[0]?.body]).toEqual([200, wanted]);
  });
});

/** AWS: content type conversions in API Gateway, response. */
const RESPONSES: readonly (readonly [Class, boolean, Handling, Buffer, Buffer | typeof FAILED])[] = [
  ["text", false, undefined, RAW, REPLACED],
  ["text", false, "CONVERT_TO_TEXT", RAW, REPLACED],
  ["text", false, "CONVERT_TO_BINARY", BASE64, RAW],
  ["text", false, "CONVERT_TO_BINARY", Buffer.from("not base64"), FAILED],
  ["text", true, undefined, BASE64, RAW],
  ["text", true, undefined, Buffer.from("not base64"), FAILED],
  ["text", true, undefined, Buffer.from("this is a UTF8 text typed object"), FAILED],
  ["text", true, "CONVERT_TO_TEXT", RAW, REPLACED],
  ["text", true, "CONVERT_TO_BINARY", BASE64, RAW],
  ["binary", false, undefined, RAW, BASE64],
  ["binary", false, "CONVERT_TO_TEXT", RAW, BASE64],
  ["binary", false, "CONVERT_TO_BINARY", RAW, RAW],
  ["binary", true, undefined, RAW, RAW],
  ["binary", true, "CONVERT_TO_TEXT", RAW, BASE64],
  ["binary", true, "CONVERT_TO_BINARY", RAW, RAW],
];

const responded = (payload: Class, accepted: boolean, body: string | Buffer, integrationResponse: object) => {
  const integration = {
    type: "HTTP",
    httpMethod: "GET",
    uri: "http://up.example",
    integrationResponses: { "200": integrationResponse },
  };
  return callOf(
    restRoute("GET /a", { integration }, API),
    { path: "/a", headers: { Accept: accepted ? "image/png;q=1, text/html" : "text/html, image/png" } },
    { upstream: () => ({ headers: { "Content-Type": TYPES[payload] }, body }) },
  );
};

describe("a response", () => {
  it.each(RESPONSES)(
    "%s, Accept in the list: %s, %s: %j becomes %j",
    async (payload, accepted, handling, body, wanted) => {
      const { status, bytes } = await responded(payload, accepted, body, withHandling(handling));
      if (wanted === FAILED) expect(status).toBe(500);
      else expect([status, bytes]).toEqual([200, wanted]);
    },
  );

  it.each([
    ["text", false, undefined, "hi", "hi"],
    ["text", true, undefined, "aGk=", FAILED],
    ["text", false, "CONVERT_TO_BINARY", "aGk=", FAILED],
    ["text", true, "CONVERT_TO_TEXT", "hi", "hi"],
    ["binary", false, undefined, "hi", "aGk="],
    ["binary", true, undefined, "hi", FAILED],
    ["binary", true, "CONVERT_TO_TEXT", "hi", "aGk="],
    ["binary", false, "CONVERT_TO_BINARY", "hi", FAILED],
  ] as const)(
    "%s, Accept in the list: %s, %s: a template reads %j as %j",
    async (payload, accepted, handling, body, wanted) => {
      const more = { ...withHandling(handling), responseTemplates: json("$input.body") };
      const outcome = await responded(payload, accepted, body, more);
      if (wanted === FAILED) expect(outcome.status).toBe(500);
      else expect([outcome.status, outcome.body]).toEqual([200, wanted]);
    },
  );
});

describe("binary media types", () => {
  it.each([
    ["image/png", "image/png", true],
    ["image/png", "IMAGE/PNG; q=1", true],
    ["image/*", "image/gif", true],
    ["*/*", "anything/else", true],
    ["*/png", "image/png", false],
    ["*/png", "*/png", false],
    ["image/*", "imagery/png", false],
    ["image/png", "image/*", false],
  ])("%s, Content-Type %s: %s", async (pattern, contentType, isBinary) => {
    const integration = {
      type: "HTTP",
      httpMethod: "POST",
      uri: "http://up.example",
      contentHandling: "CONVERT_TO_TEXT",
      integrationResponses: { "200": {} },
    };
    const { sent } = await callOf(
      restRoute("POST /a", { integration }, { api: { binaryMediaTypes: [pattern] } }),
      {
        method: "POST",
        path: "/a",
        headers: { "Content-Type": contentType },
        body: "hi",
      },
    );
    expect(sent[0]?.body).toBe(isBinary ? "aGk=" : "hi");
  });
});
