import { describe, expect, it } from "vitest";
import { z } from "zod";
import { factCatalogue, problemAt, raise } from "./problem.ts";

const facts = factCatalogue({
  REFERENCE_MISSING: ({ kind, id }: { kind: string; id: string }) => `there is no ${kind} '${id}'`,
  IMMUTABLE: () => "cannot be changed",
});

describe("a fact of a catalogue", () => {
  it("has its code, its parameters and its sentence", () => {
    expect(facts.REFERENCE_MISSING({ kind: "Deployment", id: "abc123" })).toEqual({
      code: "REFERENCE_MISSING",
      params: { kind: "Deployment", id: "abc123" },
      message: "there is no Deployment 'abc123'",
    });
  });

  it("needs no parameters if its sentence has none", () => {
    expect(facts.IMMUTABLE()).toEqual({ code: "IMMUTABLE", params: {}, message: "cannot be changed" });
  });

  it("becomes a problem at the place where it is found", () => {
    expect(problemAt("Deployment/abc123", facts.IMMUTABLE())).toEqual({
      code: "IMMUTABLE",
      path: "Deployment/abc123",
      params: {},
      message: "cannot be changed",
    });
  });

  it("is reported by a schema with its code and parameters", () => {
    const schema = z
      .object({ a: z.string() })
      .superRefine((_, context) =>
        raise(context, facts.REFERENCE_MISSING({ kind: "Model", id: "Pet" }), ["a"]),
      );
    expect(schema.safeParse({ a: "x" }).error?.issues).toMatchObject([
      {
        path: ["a"],
        message: "there is no Model 'Pet'",
        params: { code: "REFERENCE_MISSING", params: { kind: "Model", id: "Pet" } },
      },
    ]);
  });
});
