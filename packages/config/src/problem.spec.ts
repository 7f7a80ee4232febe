import { describe, expect, it } from "vitest";
import { problemCatalogue } from "./problem.ts";

const problems = problemCatalogue({
  REFERENCE_MISSING: ({ kind, id }: { kind: string; id: string }) => `there is no ${kind} '${id}'`,
  IMMUTABLE: () => "cannot be changed",
});

describe("a problem of a catalogue", () => {
  it("has its code, its place, its parameters and its sentence", () => {
    expect(
      problems.REFERENCE_MISSING("Stage/prod.deploymentId", { kind: "Deployment", id: "abc123" }),
    ).toEqual({
      code: "REFERENCE_MISSING",
      path: "Stage/prod.deploymentId",
      params: { kind: "Deployment", id: "abc123" },
      message: "there is no Deployment 'abc123'",
    });
  });

  it("needs no parameters where its sentence has none", () => {
    expect(problems.IMMUTABLE("Deployment/abc123")).toEqual({
      code: "IMMUTABLE",
      path: "Deployment/abc123",
      params: {},
      message: "cannot be changed",
    });
  });
});
