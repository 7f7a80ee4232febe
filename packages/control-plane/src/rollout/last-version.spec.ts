import { describe, expect, it } from "vitest";
import { readableByLastVersion } from "./last-version.ts";

describe("nodes of the last version can read", () => {
  it.each([
    [
      "a stage, by both names of its API",
      { apiId: "abcdefghij", stageName: "prod" },
      { apiId: "abcdefghij", restApiId: "abcdefghij", stageName: "prod" },
    ],
    [
      "a domain, by both names of each API",
      { domainName: "api.example.com", mappings: [{ basePath: "", apiId: "abcdefghij" }] },
      {
        domainName: "api.example.com",
        mappings: [{ basePath: "", apiId: "abcdefghij", restApiId: "abcdefghij" }],
      },
    ],
    ["what names no API, as it is", { accountId: "000000000000" }, { accountId: "000000000000" }],
  ])("%s", (_, content, read) => {
    expect(readableByLastVersion(content)).toEqual(read);
  });
});
