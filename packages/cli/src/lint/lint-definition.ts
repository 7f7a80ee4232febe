import { isKindOf, parseManifest } from "@tollgate/config";
import { policyProblems } from "@tollgate/iam";
import {
  checkRules,
  DefinitionError,
  type ImportOutcome,
  importOpenApi,
  LINT_RULES,
  MIGRATION_RULES,
} from "@tollgate/openapi";
import { languageProblems } from "./languages.ts";
import type { LintResult } from "./lint-result.ts";

/** Options of an import that only checks; nothing is written. */
const OPTIONS = { apiId: "linted0000", maxBytes: 32 * 1024 * 1024 };

/** Checks the templates, expressions and patterns of integrations, and the policy. */
function lintLanguages(outcome: ImportOutcome): void {
  for (const [i, manifest] of outcome.manifests.entries()) {
    const parsed = parseManifest(manifest, i);
    if (!parsed.ok) continue;
    if (isKindOf(parsed.value, "Resource"))
      for (const [verb, { integration }] of Object.entries(parsed.value.spec.methods))
        for (const { member, message } of integration ? languageProblems(integration) : [])
          outcome.report("error", manifest, ["methods", verb, "integration", ...member], message, {
            rule: "compile",
          });
    if (isKindOf(parsed.value, "RestApi") && parsed.value.spec.policy)
      for (const { path, message } of policyProblems(parsed.value.spec.policy, "policy", "resource"))
        outcome.report("error", manifest, ["policy"], `${path}: ${message}`, { rule: "compile" });
  }
}

/** LINT_TARGETS maps what a definition is checked for to the rules that apply. */
export const LINT_TARGETS = { "rest-api": LINT_RULES, "http-api": MIGRATION_RULES };
export type LintTarget = keyof typeof LINT_TARGETS;

/** lintDefinition reports everything that can be found in a definition before it is imported. */
export function lintDefinition(file: string, text: string, target: LintTarget): LintResult[] {
  try {
    const outcome = importOpenApi(text, OPTIONS);
    lintLanguages(outcome);
    checkRules(LINT_TARGETS[target], outcome);
    return outcome.findings.map(({ level, line, pointer, message, rule = "import" }) => ({
      file,
      line,
      at: pointer,
      level,
      rule,
      message,
    }));
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    const line = Number(/line (\d+)/.exec(error.message)?.[1] ?? 1);
    return [{ file, line, at: "/", level: "error", rule: "import", message: error.message }];
  }
}
