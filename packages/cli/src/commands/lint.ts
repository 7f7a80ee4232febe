import { isDefinition } from "@tollgate/openapi";
import { Option, type Command } from "commander";
import { lintDefinition, LINT_TARGETS, type LintTarget } from "../lint/lint-definition.ts";
import { lintFiles } from "../lint/lint-manifests.ts";
import { asText, LINT_LEVELS, type LintLevel, type LintResult } from "../lint/lint-result.ts";
import { toSarif } from "../lint/sarif.ts";
import { readText } from "../manifest-file.ts";
import { CliError, print, tell, toJson } from "../output.ts";
import { globalsOf } from "../session.ts";

const collect = (value: string, all: readonly string[]) => [...all, value];

interface LintOptions {
  readonly filename: readonly string[];
  readonly format: "text" | "sarif";
  readonly failOn: LintLevel;
  readonly for: LintTarget;
}

/** lint tells all that can be known about files without asking the control plane: OpenAPI definitions, and manifests. */
export function lint(
  files: readonly { readonly name: string; readonly text: string }[],
  target: LintTarget,
): LintResult[] {
  const definitions = files.filter(({ text }) => isDefinition(text));
  const manifests = files.filter((file) => !definitions.includes(file));
  const [first] = manifests;
  return [
    ...definitions.flatMap(({ name, text }) => lintDefinition(name, text, target)),
    ...lintFiles(manifests).map(({ file = first?.name ?? "", path, message }) => ({
      ...{ file, line: undefined, at: path, level: "error" as const, rule: "manifest", message },
    })),
  ];
}

export function addLint(program: Command): void {
  program
    .command("lint")
    .description(
      "check OpenAPI definitions and manifests without a control plane: what cannot be imported or applied, templates, policies, references; in definitions also security and style",
    )
    .requiredOption(
      "-f, --filename <file>",
      "YAML or JSON file, - for standard input; may be given again",
      collect,
      [],
    )
    .addOption(
      new Option("--format <format>", "how what was found is written")
        .choices(["text", "sarif"])
        .default("text"),
    )
    .addOption(
      new Option("--fail-on <level>", "the least that makes the command fail")
        .choices(LINT_LEVELS)
        .default("error"),
    )
    .addOption(
      new Option("--for <kind>", "what a definition is to become; http-api tells what a REST API loses there")
        .choices(Object.keys(LINT_TARGETS))
        .default("rest-api"),
    )
    .action(({ filename, format, failOn, for: target }: LintOptions, command: Command) => {
      const results = lint(
        filename.map((name) => ({ name, text: readText(name) })),
        target,
      );
      if (format === "sarif") print(toJson(toSarif(results)));
      else if (globalsOf(command).output !== "table") print(toJson({ results }));
      else for (const result of results) tell(asText(result));
      const bad = results.filter(({ level }) => LINT_LEVELS.indexOf(level) <= LINT_LEVELS.indexOf(failOn));
      if (bad.length > 0) throw new CliError(`${bad.length} ${bad.length === 1 ? "problem" : "problems"}`);
    });
}
