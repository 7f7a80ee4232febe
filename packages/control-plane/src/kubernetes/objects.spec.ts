import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { statusOf } from "./object-status.ts";
import { collectionPath, FINALIZER, GROUP, type ObjectRef, ownerOf, parseOwner, VERSION } from "./objects.ts";

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}
interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

const FILE = "../../../../deploy/charts/tollgate/files/tollgateconfigs.yaml";
const { metadata, spec } = parse(readFileSync(new URL(FILE, import.meta.url), "utf8")) as Definition;

describe("the definition that the chart installs", () => {
  it("is that of the kind that is watched", () => {
    const { group, names, versions } = spec;
    expect([group, versions.map(({ name }) => name), names.kind]).toEqual([
      GROUP,
      [VERSION],
      "TollgateConfig",
    ]);
    expect(metadata.name).toBe(`${names.plural}.${GROUP}`);
    expect(collectionPath("TollgateConfig", "shop")).toBe(
      `/apis/${group}/${VERSION}/namespaces/shop/${names.plural}`,
    );
  });

  it("has all members of a status: what it does not have, the API server removes", () => {
    const missing = (value: unknown, schema: Schema | undefined, path: string): readonly string[] => {
      if (Array.isArray(value)) return value.flatMap((item) => missing(item, schema?.items, `${path}[]`));
      if (typeof value !== "object" || value === null) return schema ? [] : [path];
      return Object.entries(value).flatMap(([name, member]) =>
        missing(member, schema?.properties?.[name], `${path}.${name}`),
      );
    };
    const facts = { observedGeneration: 1, observedDigest: "", account: "", revision: 1, entities: 1 };
    const problems = [{ path: "a", message: "b" }];
    const refused = { state: "refused", reason: "Invalid", message: "", problems, isFinal: true } as const;
    const status = statusOf(facts, refused, undefined, "2026-01-01T00:00:00Z");
    const schema = spec.versions[0]?.schema.openAPIV3Schema.properties?.status;
    expect(status.conditions).toHaveLength(3);
    expect(missing(status, schema, "status")).toEqual([]);
  });
});

it.each<ObjectRef>([
  { kind: "TollgateConfig", namespace: "shop", name: "orders.v1" },
  { kind: "ConfigMap", namespace: "a-b", name: "x" },
])("the owner of entities is read as it was written: %j", (ref) => {
  expect(parseOwner(ownerOf(ref))).toEqual(ref);
});

it.each([
  "",
  "TollgateConfig/shop",
  "Pod/shop/orders",
  "TollgateConfig/shop/orders/more",
  "TollgateConfig//x",
  "toString/shop/orders",
  "ConfigMap/shop/..",
  "ConfigMap/../orders",
  "Secret/shop/?watch=true",
  "TollgateConfig/shop/a%2F..",
])("'%s' is no owner", (text) => {
  expect(parseOwner(text)).toBe(undefined);
});

it("the finalizer and the labels are of the group", () => {
  expect(FINALIZER.startsWith(`${GROUP}/`)).toBe(true);
});
