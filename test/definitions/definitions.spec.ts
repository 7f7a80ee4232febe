import { describe, expect, it } from "vitest";
import { tollgate } from "../kit/cli.ts";
import { startGateway } from "../kit/gateway.ts";
import { startHttpUpstream } from "../kit/upstream.ts";
import { checkDefinition } from "./check.ts";
import { definitionsOf, PACKAGES, TESTED_EVERY } from "./packages.ts";

/** More than ten times what the largest one needs: what took time by more than its size would need more. */
const PROCESSOR_MS = 15_000;

describe("definitions that people have", () => {
  it.each(PACKAGES)(
    "$name: each operation is imported, or refused with its place and a reason; exported and imported again it is the same",
    async ({ name, definitions, operations }) => {
      const seen = { definitions: 0, operations: 0 };
      for await (const file of definitionsOf(name, TESTED_EVERY)) {
        const checked = await checkDefinition(file.text);
        expect({ file: file.name, wrong: checked.wrong }).toEqual({ file: file.name, wrong: [] });
        expect(checked.ms).toBeLessThan(PROCESSOR_MS);
        seen.definitions++;
        seen.operations += checked.operations;
      }
      expect(seen).toEqual({ definitions, operations });
    },
  );

  it("one of a thousand operations is applied, and served", async () => {
    await using gateway = await startGateway();
    await using upstream = await startHttpUpstream((request, response) => response.end(`k8s ${request.url}`));
    let text = "";
    for await (const file of definitionsOf("kubernetes-client@9.0.0")) text = file.text;
    expect((await checkDefinition(text)).operations).toBeGreaterThan(1000);

    const imported = await tollgate(
      ["import", "-", "--api", "kubernetes", "--proxy-to", upstream.origin],
      gateway.cliEnv,
      text,
    );
    expect(imported.stderr).not.toMatch(/^error/m);
    expect(imported.stdout).toMatch(/^API kubernetes: \d+ resources imported/);
    expect(
      (await tollgate(["deploy", "kubernetes", "--stage", "prod", "--wait"], gateway.cliEnv)).exitCode,
    ).toBe(0);
    const path = "/api/v1/namespaces/default/pods/web";
    expect((await gateway.invoke("kubernetes", path)).body).toBe(`k8s ${path}`);
  });
});
