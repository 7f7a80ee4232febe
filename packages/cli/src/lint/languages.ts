import type { Integration } from "@tollgate/config";
import {
  compileRequestExpression,
  compileResponseExpression,
  compileSelectionPattern,
  compileTemplate,
} from "@tollgate/mapping";

/** What a stage variable holds is not known here: any will do. */
const anyVariable = new Proxy<Record<string, string>>({}, { get: () => "x" });

type Compiled = { readonly ok: true } | { readonly ok: false; readonly message: string };

/** Everything in an integration that is a small language of its own. */
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
    for (const [name, source] of Object.entries(response.responseParameters))
      yield [[...at, "responseParameters", name], compileResponseExpression(source, anyVariable)];
    for (const [name, text] of Object.entries(response.responseTemplates))
      yield [[...at, "responseTemplates", name], compileTemplate(text)];
  }
}

/** languageProblems are the templates, expressions and patterns of an integration that cannot be compiled, by their members. */
export const languageProblems = (
  integration: Integration,
): readonly { readonly member: readonly string[]; readonly message: string }[] =>
  [...languagesOf(integration)].flatMap(([member, compiled]) =>
    compiled.ok ? [] : [{ member, message: compiled.message }],
  );
