import type { z } from "zod";
import type { Fact, FactParams, Problem } from "./problem.ts";

type Issue = z.core.$ZodIssue;

/** Codes of the checks that are built into schemas. */
const CODES: { readonly [C in Exclude<Issue["code"], "custom">]: string } = {
  invalid_type: "TYPE_WRONG",
  too_big: "TOO_LARGE",
  too_small: "TOO_SMALL",
  invalid_format: "FORMAT_WRONG",
  not_multiple_of: "NOT_A_MULTIPLE",
  unrecognized_keys: "MEMBER_UNKNOWN",
  invalid_union: "NO_ALTERNATIVE_FITS",
  invalid_key: "KEY_INVALID",
  invalid_element: "ELEMENT_INVALID",
  invalid_value: "VALUE_NOT_ALLOWED",
};

function paramsOf(issue: Issue): FactParams {
  switch (issue.code) {
    case "unrecognized_keys":
      return { members: issue.keys.join(", ") };
    case "too_big":
      return { most: Number(issue.maximum) };
    case "too_small":
      return { least: Number(issue.minimum) };
    case "invalid_type":
      return { expected: issue.expected };
    case "invalid_value":
      return { allowed: issue.values.map(String).join(", ") };
    default:
      return {};
  }
}

function messageOf(issue: Issue): string {
  // A schema may have its own sentence for a member that is often put there.
  if (issue.code === "unrecognized_keys" && issue.message.startsWith("Unrecognized key")) {
    const keys = issue.keys.map((key) => `'${key}'`).join(", ");
    return `unknown member${issue.keys.length > 1 ? "s" : ""} ${keys}`;
  }
  if (issue.code === "invalid_key") return issue.issues.map(({ message }) => message).join("; ");
  return issue.message.replace(/^Invalid input: /, "");
}

/** The fact that a custom rule of a schema raised; a rule without a fact has only its sentence. */
const raised = ({ params = {} }: { readonly params?: Partial<Fact> | undefined }) => ({
  code: params.code ?? "RULE_BROKEN",
  params: params.params ?? {},
});

const pathOf = (base: string, path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}.${String(key)}`),
    base,
  );

/** problemOfIssue turns a schema's issue in the spec of the entity at `at` into a problem. */
export const problemOfIssue = (at: string, issue: Issue): Problem => ({
  ...(issue.code === "custom" ? raised(issue) : { code: CODES[issue.code], params: paramsOf(issue) }),
  path: pathOf(at, issue.path),
  message: messageOf(issue),
  member: issue.path,
});
