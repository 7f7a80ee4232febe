import { isTemplate, planStack } from "@tollgate/cloudformation";
import { parametersOf } from "./compare.ts";
import { filesFor } from "./files.ts";

const PLACE = { name: "planned", accountId: "123456789012", region: "us-east-1" };
/** Errors shown of a template. */
const SHOWN = 4;

/** What keeps a template from being applied, such as "line 3, /Resources/A: is missing". */
function errorsOf(template: string): readonly string[] {
  try {
    const options = { ...PLACE, parameters: parametersOf(template), files: filesFor(template) };
    return planStack(template, options)
      .findings.filter(({ level }) => level === "error")
      .map(({ line, pointer, message }) => `line ${line}, ${pointer}: ${message}`);
  } catch (error) {
    return [(error as Error).message.split("\n")[0] ?? ""];
  }
}

/** The reason why every error of a template is intended; undefined: one has none. */
function reasonOf(errors: readonly string[], intended: Reasons): string | undefined {
  const reasons = errors.map((error) => intended.find(([message]) => message.test(error))?.[1]);
  return reasons.includes(undefined) ? undefined : [...new Set(reasons)].join("; ");
}

type Reasons = readonly (readonly [message: RegExp, why: string])[];

/** planAll counts the templates, by their names, that could be applied, and says what keeps the others from it. Returns how many are refused without a reason. */
export function planAll(templates: ReadonlyMap<string, string>, intended: Reasons = []): number {
  const result = { templates: 0, taken: 0, refused: 0, refusedWithoutReason: 0, noTemplates: 0 };
  for (const [name, template] of templates) {
    if (!isTemplate(template)) {
      result.noTemplates++;
      continue;
    }
    const errors = errorsOf(template);
    result.templates++;
    result[errors.length === 0 ? "taken" : "refused"]++;
    if (errors.length === 0) continue;
    const reason = reasonOf(errors, intended);
    if (reason === undefined) result.refusedWithoutReason++;
    const why = reason === undefined ? "" : ` (intended: ${reason})`;
    process.stdout.write(`${name}${why}\n  ${errors.slice(0, SHOWN).join("\n  ")}\n`);
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result.refusedWithoutReason;
}
