import type { Integration } from "@tollgate/config";
import {
  compileRequestExpression,
  compileResponseExpression,
  compileSelectionPattern,
  compileTemplate,
} from "@tollgate/mapping";

/** The values of stage variables are not known here: any value will do. */
const anyVariable = new Proxy<Record<string, string>>({}, { get: () => "x" });

type Compiled = { readonly ok: true } | { readonly ok: false; readonly message: string };

/** Compiles the templates, expressions and patterns of an integration. */
function* languagesOf(
  integration: Integration,
): Generator<readonly [member: readonly string[], compiled: Compiled]> {
  for (const [name, text] of Object.entries(integration.requestTemplates))
    yield [["requestTemplates", name], compileTemplate(text)];
  for (const [name, source] of Object.entries(integration.requestParameters))
    yield [["requestParameters", name], compileRequestExpression(source, anyVariable)];
  for (const [status, response] of Object.entries(integration.integrationResponses)) {
    const at = ["integrationResponses", status];
    if (response.selectionPattern)
      yield [[...at, "selectionPattern"], compileSelectionPattern(response.selectionPattern)];
    for (const [name, source] of Object.entries(response.responseParameters ?? {}))
      yield [[...at, "responseParameters", name], compileResponseExpression(source, anyVariable)];
    for (const [name, text] of Object.entries(response.responseTemplates ?? {}))
      yield [[...at, "responseTemplates", name], compileTemplate(text)];
  }
}

/** languageProblems lists the templates, expressions and patterns of an integration that cannot be compiled, with the member of each. */
export const languageProblems = (
  integration: Integration,
): readonly { readonly member: readonly string[]; readonly message: string }[] =>
  [...languagesOf(integration)].flatMap(([member, compiled]) =>
    compiled.ok ? [] : [{ member, message: compiled.message }],
  );
