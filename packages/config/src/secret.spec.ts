import { describe, expect, it } from "vitest";
import type { Entity } from "./entity.ts";
import { parseManifest } from "./parse.ts";
import { completeSecrets, hasSecrets, mapSecrets } from "./secret.ts";

function user(accessKeys: object): Entity<"User"> {
  const parsed = parseManifest({ kind: "User", id: "alice", spec: { accessKeys } }, 0);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value as Entity<"User">;
}

const [A, B] = ["AKIA000000000000000A", "AKIA000000000000000B"] as const;

describe("secrets", () => {
  it("are created in AWS's form if they are absent", () => {
    const { spec } = completeSecrets(user({ [A]: {} }), undefined);
    expect(spec.accessKeys[A]?.secretAccessKey).toMatch(/^[A-Za-z0-9/+]{40}$/);
    const key = parseManifest({ kind: "ApiKey", id: "k", spec: {} }, 0);
    const made = key.ok && (completeSecrets(key.value, undefined) as Entity<"ApiKey">).spec.value;
    expect(made).toMatch(/^[A-Za-z0-9]{40}$/);
  });

  it("that are stored are kept if absent in the request, and replaced if present", () => {
    const stored = user({
      [A]: { secretAccessKey: "a".repeat(40) },
      [B]: { secretAccessKey: "b".repeat(40) },
    });
    const { spec } = completeSecrets(user({ [A]: {}, [B]: { secretAccessKey: "c".repeat(40) } }), stored);
    expect(spec.accessKeys[A]?.secretAccessKey).toBe("a".repeat(40));
    expect(spec.accessKeys[B]?.secretAccessKey).toBe("c".repeat(40));
  });

  it("can be removed from a spec, and nothing else is removed", () => {
    const { spec } = user({ [A]: { secretAccessKey: "a".repeat(40) } });
    const shown = mapSecrets("User", spec, () => undefined);
    expect(shown.accessKeys).toEqual({ [A]: { status: "Active" } });
    expect(spec.accessKeys[A]?.secretAccessKey).toBe("a".repeat(40));
    expect([hasSecrets("User"), hasSecrets("RestApi")]).toEqual([true, false]);
    expect(mapSecrets("RestApi", spec, () => undefined)).toBe(spec);
  });
});
