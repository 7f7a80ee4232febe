import { describe, expect, it } from "vitest";
import { readableByLastVersion } from "./last-version.ts";

describe("nodes of the last version can read", () => {
  it.each([
    [
      "a stage, by both names of its API",
      "stage/abcdefghij/prod",
      { apiId: "abcdefghij", stageName: "prod" },
      { apiId: "abcdefghij", restApiId: "abcdefghij", stageName: "prod" },
    ],
    [
      "a domain, by both names of each API",
      "domain/api.example.com",
      { domainName: "api.example.com", mappings: [{ basePath: "", apiId: "abcdefghij" }] },
      {
        domainName: "api.example.com",
        mappings: [{ basePath: "", apiId: "abcdefghij", restApiId: "abcdefghij" }],
      },
    ],
    ["anything else as it is", "account/000000000000", { apiId: "abcdefghij" }, { apiId: "abcdefghij" }],
  ])("%s", (_, name, content, read) => {
    expect(readableByLastVersion(name, content)).toEqual(read);
  });
});
