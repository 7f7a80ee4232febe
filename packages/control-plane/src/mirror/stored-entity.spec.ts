import { describe, expect, it } from "vitest";
import { type Entity, parseManifest, type SpecOf } from "@tollgate/config";
import { decodeEntity, encodeEntity } from "./stored-entity.ts";

const deployment = (description: string): Entity<"Deployment"> => {
  const parsed = parseManifest(
    {
      kind: "Deployment",
      apiId: "restapi001",
      id: "abc123",
      spec: { description, createTimeUnixMs: 1, methodCount: 1, restApi: { name: "a" }, chunks: [] },
    },
    0,
  );
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  return parsed.value as Entity<"Deployment">;
};

/** A value of the previous version, in which deployments had no member for being automatic. */
const storedBefore = ({ labels, spec }: Entity<"Deployment">): string => {
  const { autoDeployed: _marked, ...unmarked } = spec;
  return JSON.stringify({ format: 3, labels, spec: unmarked, createdUnixMs: 5, updatedUnixMs: 6 });
};

const decoded = (entity: Entity, value: string) => decodeEntity(entity, { value, modRevision: 7 });
const isAutomatic = (entity: Entity, value: string) =>
  (decoded(entity, value)?.entity.spec as SpecOf<"Deployment"> | undefined)?.autoDeployed;

describe("a stored entity", () => {
  it("is read as it was written, with its times", () => {
    const entity = deployment("mine");
    const value = encodeEntity(entity, { createdUnixMs: 5, updatedUnixMs: 6 });
    expect(decoded(entity, value)).toMatchObject({
      entity,
      name: "restapis/restapi001/deployments/abc123",
      modRevision: 7,
      createdUnixMs: 5,
      updatedUnixMs: 6,
    });
  });

  it("of the previous version is an automatic deployment if its description says so", () => {
    const [automatic, mine] = [deployment("Automatic deployment"), deployment("mine")];
    expect(isAutomatic(automatic, storedBefore(automatic))).toBe(true);
    expect(isAutomatic(mine, storedBefore(mine))).toBe(false);
  });

  it("of this version is automatic if its member says so, whatever its description is", () => {
    const entity = deployment("Automatic deployment");
    expect(isAutomatic(entity, encodeEntity(entity, { createdUnixMs: 5, updatedUnixMs: 6 }))).toBe(false);
  });

  it("of the previous version has the same digest as today, so that it can be applied unchanged", () => {
    const entity = deployment("mine");
    const now = encodeEntity(entity, { createdUnixMs: 5, updatedUnixMs: 6 });
    expect(decoded(entity, storedBefore(entity))?.digest).toBe(decoded(entity, now)?.digest);
  });
});
