import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { applyAll } from "./apply-all.ts";
import { cdkTemplates } from "./cdk.ts";
import { compare, parametersOf } from "./compare.ts";
import { planAll } from "./plan-all.ts";
import { publicTemplates, REFUSED } from "./public.ts";
import { startTranslator } from "./translator.ts";

/** Where the expected translations of a folder with input and expected were made. */
const EXPECTED_REGION = "ap-southeast-1";

/** npm run templates -- --public says which templates that others have published can be applied. npm run templates -- --cdk brings what the CDK makes of typical stacks to a gateway. npm run templates -- DIR [--apply | --plan]: with --apply, brings them to a gateway too; with --plan, only says which can be applied. Compares each template of a folder, or of its folder input, with what AWS's translator makes of it: DIR/expected/NAME.json, else by running it. */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    apply: { type: "boolean", default: false },
    plan: { type: "boolean", default: false },
    cdk: { type: "boolean", default: false },
    public: { type: "boolean", default: false },
  },
});
const [folder] = positionals;
if (values.cdk) process.exit((await applyAll(await cdkTemplates())) === 0 ? 0 : 1);
if (values.public) process.exit(planAll(await publicTemplates(), REFUSED) === 0 ? 0 : 1);
if (folder === undefined)
  throw new Error(
    "give a folder of templates: npm run templates -- DIR [--apply | --plan], or one of --cdk, --public",
  );
const inputs = existsSync(join(folder, "input")) ? join(folder, "input") : folder;
const files = readdirSync(inputs)
  .filter((name) => /\.(ya?ml|json)$/.test(name))
  .sort();
if (values.plan) {
  planAll(new Map(files.map((file) => [file, readFileSync(join(inputs, file), "utf8")])));
  process.exit(0);
}
await using translator = await startTranslator();
const templates = new Map<string, string>();
const result = { templates: 0, same: 0, different: 0, refused: 0, slowestMs: 0 };
for (const file of files) {
  const template = readFileSync(join(inputs, file), "utf8");
  templates.set(file, template);
  const kept = join(folder, "expected", `${basename(file).replace(/\.\w+$/, "")}.json`);
  const isKept = existsSync(kept);
  const answer = isKept ? undefined : await translator.ask({ template, parameters: parametersOf(template) });
  if (answer?.problem !== undefined) {
    result.refused++;
    process.stdout.write(`${file}: AWS's translator refuses it: ${answer.problem}\n`);
    continue;
  }
  const translation = isKept ? readFileSync(kept, "utf8") : JSON.stringify(answer?.template);
  const start = performance.now();
  const { own, theirs, errors } = compare(template, translation, isKept ? EXPECTED_REGION : "us-east-1");
  result.slowestMs = Math.max(result.slowestMs, Math.round(performance.now() - start));
  const isSame = isDeepStrictEqual(own, theirs);
  result.templates++;
  result[isSame ? "same" : "different"]++;
  process.stdout.write(
    `${file}: ${isSame ? "same" : "DIFFERENT"}${errors.map((error) => `\n  ${error}`).join("")}\n`,
  );
}
process.stdout.write(`${JSON.stringify(result)}\n`);
if (values.apply) await applyAll(templates);
