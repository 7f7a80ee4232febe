import { describe, expect, it } from "vitest";
import {
  type ArtifactName,
  accountArtifactName,
  certificateArtifactName,
  chunkArtifactName,
  domainArtifactName,
  parseArtifactName,
  stageArtifactName,
  usagePlanArtifactName,
} from "./artifact-name.ts";

describe("the name of an artifact", () => {
  it.each<[string, ArtifactName]>([
    [stageArtifactName("abc", "$default"), { type: "stage", apiId: "abc", stageName: "$default" }],
    [chunkArtifactName("00ff"), { type: "chunk", digest: "00ff" }],
    [domainArtifactName("api.example.com"), { type: "domain", domainName: "api.example.com" }],
    [usagePlanArtifactName("000000000000", "p"), { type: "usageplan", accountId: "000000000000", id: "p" }],
    [
      certificateArtifactName("000000000000", "c"),
      { type: "certificate", accountId: "000000000000", id: "c" },
    ],
    [accountArtifactName("000000000000"), { type: "account", accountId: "000000000000" }],
  ])("%s is read back", (name, parts) => {
    expect(parseArtifactName(name)).toEqual(parts);
  });

  it.each(["gadget/1", "stage", "stage/a", "stage/a/b/c", "chunk/", "chunk/a/b", "usageplan/a", ""])(
    "'%s' is not of a type that nodes know",
    (name) => {
      expect(parseArtifactName(name)).toBeUndefined();
    },
  );
});
