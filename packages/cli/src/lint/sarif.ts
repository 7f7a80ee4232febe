import { LINT_RULES, MIGRATION_RULES } from "@tollgate/openapi";
import type { LintLevel, LintResult } from "./lint-result.ts";

const LEVELS: Readonly<Record<LintLevel, string>> = { error: "error", warning: "warning", info: "note" };
/** Rules besides the ones for definitions. */
const OTHER_RULES = [
  {
    id: "import",
    level: "error",
    summary: "Part of the definition cannot be imported, or behaves differently.",
  },
  {
    id: "compile",
    level: "error",
    summary: "A template, an expression, a pattern or a policy cannot be compiled.",
  },
  { id: "manifest", level: "error", summary: "An entity cannot be applied." },
] as const;

/** The path of a file as a URI reference; standard input is called stdin. */
const uriOf = (file: string) => encodeURI(file === "-" ? "stdin" : file.replaceAll("\\", "/"));

/** toSarif writes results in the Static Analysis Results Interchange Format 2.1.0 (OASIS), as code scanners read it. */
export function toSarif(results: readonly LintResult[]): object {
  const rules = [...OTHER_RULES, ...LINT_RULES, ...MIGRATION_RULES];
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "tollgate lint",
            rules: rules.map(({ id, level, summary }) => ({
              id,
              shortDescription: { text: summary },
              defaultConfiguration: { level: LEVELS[level] },
            })),
          },
        },
        results: results.map(({ file, line, at, level, rule, message }) => ({
          ruleId: rule,
          ruleIndex: rules.findIndex(({ id }) => id === rule),
          level: LEVELS[level],
          message: { text: message },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(file) },
                region: { startLine: line ?? 1 },
              },
              logicalLocations: [{ fullyQualifiedName: at }],
            },
          ],
        })),
      },
    ],
  };
}
