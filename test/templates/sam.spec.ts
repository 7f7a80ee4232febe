import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LineService } from "../kit/line-service.ts";
import { compare, parametersOf } from "./compare.ts";
import { generatedHttpTemplate } from "./http-templates.ts";
import { generatedTemplate } from "./templates.ts";
import { startTranslator, type Translation } from "./translator.ts";

const SAMPLES = fileURLToPath(new URL("./samples", import.meta.url));

let translator: LineService<Translation>;
beforeAll(async () => {
  translator = await startTranslator();
});
afterAll(() => translator[Symbol.asyncDispose]());

describe("a SAM template becomes what AWS's own translator makes of it", () => {
  it.each(readdirSync(SAMPLES))("%s", async (file) => {
    const template = readFileSync(join(SAMPLES, file), "utf8");
    const answer = await translator.ask({ template, parameters: parametersOf(template) });
    expect(answer.problem).toBe(undefined);
    const { own, theirs, errors } = compare(template, JSON.stringify(answer.template), "us-east-1");
    expect(own).toEqual(theirs);
    expect(errors).toEqual([]);
    expect(JSON.stringify(own)).toMatch(/"kind":"(Resource|ApiStage)"/);
  });

  it.each([
    ["REST APIs", generatedTemplate],
    ["HTTP and WebSocket APIs", generatedHttpTemplate],
  ])("whatever its %s are", async (_what, templates) => {
    await fc.assert(
      fc.asyncProperty(templates, async (given) => {
        const template = JSON.stringify(given);
        const answer = await translator.ask({ template, parameters: {} });
        expect(answer.problem).toBe(undefined);
        const { own, theirs } = compare(template, JSON.stringify(answer.template), "us-east-1");
        expect(own).toEqual(theirs);
      }),
      { numRuns: 60 },
    );
  });
});
