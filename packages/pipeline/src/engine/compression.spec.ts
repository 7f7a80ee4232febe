import { gunzipSync, gzipSync, inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { httpRoute, restRoute, runningRoute, type TestedRoute, type UpstreamResponse } from "../kit/index.ts";

const method = { integration: { type: "HTTP_PROXY", httpMethod: "GET", uri: "http://pets.example" } };
const compressing = restRoute("GET /a", method, { api: { minimumCompressionSize: 10 } });
const plain = restRoute("GET /a", method);
const http = httpRoute("GET /a", {
  integrationType: "HTTP_PROXY",
  integrationMethod: "GET",
  integrationUri: "http://pets.example",
  payloadFormatVersion: "1.0",
});
const TEXT = "a text of some length";

/** What a client that accepts a coding gets: the name of the coding and the bytes. */
async function got(route: TestedRoute, accept: string, upstream: UpstreamResponse) {
  const { headers, bytes } = await (await runningRoute(route, { upstream: () => upstream }))({
    path: "/a",
    headers: { "Accept-Encoding": accept },
  });
  return { coding: headers["content-encoding"], bytes };
}

describe("compression of responses", () => {
  it.each([
    ["gzip", "gzip"],
    ["deflate", "deflate"],
    ["deflate, gzip", "gzip"],
    ["*", "gzip"],
    ["gzip;q=0, deflate", "deflate"],
    ["gzip;q=0.5", "gzip"],
    ["br", undefined],
    ["", undefined],
  ])("Accept-Encoding %s: %s", async (accept, coding) => {
    expect((await got(compressing, accept, { body: TEXT })).coding).toBe(coding);
  });

  it.each([
    ["smaller than the API's size", compressing, { body: "x".repeat(9) }, undefined],
    ["of the API's size", compressing, { body: "x".repeat(10) }, "gzip"],
    [
      "smaller, with its length",
      compressing,
      { body: "x".repeat(9), headers: { "Content-Length": "9" } },
      undefined,
    ],
    [
      "of the size, with its length",
      compressing,
      { body: "x".repeat(10), headers: { "Content-Length": "10" } },
      "gzip",
    ],
    ["of an API that does not compress", plain, { body: TEXT }, undefined],
    ["of an HTTP API", http, { body: TEXT }, undefined],
  ])("a body %s", async (_what, route, upstream, coding) => {
    expect((await got(route, "gzip", upstream)).coding).toBe(coding);
  });

  it.each([
    ["gzip", gunzipSync],
    ["deflate", inflateSync],
  ])("%s gives back the body", async (accept, decode) => {
    const { bytes } = await got(compressing, accept, { body: TEXT });
    expect(decode(bytes).toString()).toBe(TEXT);
  });
});

describe("a body that the upstream compressed", () => {
  const upstream = { headers: { "Content-Encoding": "gzip" }, body: gzipSync(TEXT) };
  it.each([
    ["is decoded by a REST API", plain, undefined],
    ["is passed on by an HTTP API", http, "gzip"],
  ])("%s", async (_what, route, coding) => {
    const outcome = await got(route, "gzip", upstream);
    expect(outcome.coding).toBe(coding);
    expect((coding === undefined ? outcome.bytes : gunzipSync(outcome.bytes)).toString()).toBe(TEXT);
  });
});
