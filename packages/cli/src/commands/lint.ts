import { type Command, Option } from "commander";
import { isDefinition } from "@tollgate/openapi";
import { LINT_TARGETS, type LintTarget, lintDefinition } from "../lint/lint-definition.ts";
import { lintFiles } from "../lint/lint-manifests.ts";
import { asText, LINT_LEVELS, type LintLevel, type LintResult } from "../lint/lint-result.ts";
import { toSarif } from "../lint/sarif.ts";
import { readTexts } from "../manifest-file.ts";
import { CliError, print, report, toJson } from "../output.ts";
import { globalsOf } from "../session.ts";

const collect = (value: string, all: readonly string[]) => [...all, value];

interface LintOptions {
  readonly filename: readonly string[];
  readonly format: "text" | "sarif";
  readonly failOn: LintLevel;
  readonly for: LintTarget;
}

/** lint checks OpenAPI definitions and manifests without asking the control plane. */
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
      file,
      line: undefined,
      at: path,
      level: "error" as const,
      rule: "manifest",
      message,
    })),
  ];
}

export function addLint(program: Command): void {
  program
    .command("lint")
    .description(
      "check OpenAPI definitions and manifests without a control plane: what cannot be imported or applied, templates, policies and references; definitions also for security and style",
    )
    .requiredOption(
      "-f, --filename <file>",
      "YAML or JSON file, folder of them, or - for standard input; repeatable",
      collect,
      [],
    )
    .addOption(new Option("--format <format>", "output format").choices(["text", "sarif"]).default("text"))
    .addOption(
      new Option("--fail-on <level>", "lowest level that makes the command fail")
        .choices(LINT_LEVELS)
        .default("error"),
    )
    .addOption(
      new Option(
        "--for <kind>",
        "kind of API that a definition is for; http-api reports what a REST API would lose as an HTTP API",
      )
        .choices(Object.keys(LINT_TARGETS))
        .default("rest-api"),
    )
    .action(({ filename, format, failOn, for: target }: LintOptions, command: Command) => {
      const results = lint(
        readTexts(filename).map(({ file, text }) => ({ name: file, text })),
        target,
      );
      if (format === "sarif") print(toJson(toSarif(results)));
      else if (globalsOf(command).output !== "table") print(toJson({ results }));
      else for (const result of results) report(asText(result));
      const bad = results.filter(({ level }) => LINT_LEVELS.indexOf(level) <= LINT_LEVELS.indexOf(failOn));
      if (bad.length > 0) throw new CliError(`${bad.length} ${bad.length === 1 ? "problem" : "problems"}`);
    });
}
