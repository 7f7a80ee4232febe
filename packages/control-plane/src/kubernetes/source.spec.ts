import { describe, expect, it } from "vitest";
import { ANNOTATIONS, type KubernetesObject } from "./objects.ts";
import { accountFor, readSource, SourceError } from "./source.ts";

const metadata = { namespace: "shop", name: "orders", uid: "u", resourceVersion: "1" };
const config = { kind: "TollgateConfig" } as const;
const api = { kind: "RestApi", id: "shop000001", spec: { name: "shop" } };

/** What is wrong with an object, as "path: message". */
function problemsOf(kind: "TollgateConfig" | "ConfigMap" | "Secret", object: Partial<KubernetesObject>) {
  try {
    readSource({ kind }, { metadata, ...object });
  } catch (error) {
    if (error instanceof SourceError) return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

describe("a TollgateConfig", () => {
  it("has manifests as a list, as a text, or both", () => {
    const spec = { manifests: [api], inline: "kind: Stage\nrestApiId: shop000001\nid: prod\nspec: {}" };
    expect(readSource(config, { metadata, spec })).toEqual({
      account: undefined,
      isOrphaning: false,
      isDryRun: false,
      manifests: [api, { kind: "Stage", apiId: "shop000001", id: "prod", spec: {} }],
    });
  });

  it("says to which account, what becomes of its entities, and whether they are written", () => {
    const spec = { account: "111111111111", deletionPolicy: "Orphan", dryRun: true, manifests: [api] };
    expect(readSource(config, { metadata, spec })).toMatchObject({
      account: "111111111111",
      isOrphaning: true,
      isDryRun: true,
    });
  });

  it("is wrong where its manifests are, all of them", () => {
    const manifests = [api, { kind: "RestApi", id: "shop000002", spek: {} }, { spec: {} }];
    expect(problemsOf("TollgateConfig", { spec: { manifests, inline: "a: [" } })).toEqual([
      expect.stringMatching(/^spec\.manifests\[1\]: RestApi has an unknown member 'spek'/),
      expect.stringMatching(/^spec\.manifests\[2\]: an entity must be an object with 'kind'/),
      expect.stringMatching(/^spec\.inline: Flow sequence/),
    ]);
  });

  it("needs ids, as each look at it would make another entity otherwise", () => {
    const manifests = [
      { kind: "UsagePlan", spec: { name: "gold" } },
      { kind: "Account", spec: {} },
    ];
    expect(problemsOf("TollgateConfig", { spec: { manifests } })).toEqual([
      "UsagePlan/#1.id: is missing: entities of an object need ids, by which they are found again",
    ]);
  });

  it("without manifests is wrong: it would delete everything", () => {
    expect(problemsOf("TollgateConfig", { spec: { manifests: [] } })).toEqual([": has no manifests"]);
    expect(problemsOf("TollgateConfig", { spec: { inline: "# nothing\n" } })).toEqual([": has no manifests"]);
  });
});

describe("a ConfigMap", () => {
  it("has a text of manifests under each of its keys, and the rest as annotations", () => {
    const annotations = {
      [ANNOTATIONS.account]: "111111111111",
      [ANNOTATIONS.deletionPolicy]: "Orphan",
      [ANNOTATIONS.dryRun]: "true",
    };
    const data = { "api.yaml": JSON.stringify(api), "more.yaml": "kind: Account\nspec: {}" };
    expect(readSource({ kind: "ConfigMap" }, { metadata: { ...metadata, annotations }, data })).toEqual({
      account: "111111111111",
      isOrphaning: true,
      isDryRun: true,
      manifests: [api, { kind: "Account", spec: {} }],
    });
  });

  it("is wrong where its keys are", () => {
    const annotations = { [ANNOTATIONS.deletionPolicy]: "Keep" };
    const data = { "a.yaml": "- kind: RestApi\n  spek: 1" };
    expect(problemsOf("ConfigMap", { metadata: { ...metadata, annotations }, data })).toEqual([
      expect.stringMatching(/^data\.a\.yaml:1: RestApi has an unknown member 'spek'/),
      "metadata.annotations.tollgate.io/deletion-policy: 'Keep' must be Delete or Orphan",
    ]);
  });
});

it("a Secret has the same in base64", () => {
  const data = { "api.json": Buffer.from(JSON.stringify(api)).toString("base64") };
  expect(readSource({ kind: "Secret" }, { metadata, data }).manifests).toEqual([api]);
});

describe("the account of an object", () => {
  const of = (account: string | undefined, allowed: readonly string[]) =>
    accountFor({ account }, { namespace: "shop" }, allowed);

  it("is the first one of its namespace, or another one that it names", () => {
    expect(of(undefined, ["111111111111", "222222222222"])).toBe("111111111111");
    expect(of("222222222222", ["111111111111", "222222222222"])).toBe("222222222222");
  });

  it("is none of other namespaces", () => {
    expect(() => of("222222222222", ["111111111111"])).toThrow(
      "'222222222222' is not an account of the namespace shop, which has 111111111111",
    );
    expect(() => of(undefined, [])).toThrow("the namespace shop has no account");
  });
});
