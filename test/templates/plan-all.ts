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

/** planAll counts the templates, by their names, that could be applied, and says what keeps the others from it. */
export function planAll(templates: ReadonlyMap<string, string>): void {
  const result = { templates: 0, taken: 0, refused: 0, noTemplates: 0 };
  for (const [name, template] of templates) {
    if (!isTemplate(template)) {
      result.noTemplates++;
      continue;
    }
    const errors = errorsOf(template);
    result.templates++;
    result[errors.length === 0 ? "taken" : "refused"]++;
    if (errors.length > 0) process.stdout.write(`${name}\n  ${errors.slice(0, SHOWN).join("\n  ")}\n`);
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
