import { type Problem, problemAt } from "@tollgate/config";
import { compileSelectionExpression, compileTemplate, type Template } from "@tollgate/mapping";
import { facts } from "../../engine/facts.ts";
import type { MessageValues } from "../message-values.ts";

/** Templates are the templates of an integration or of one of its responses, by the keys that an expression selects them by. */
export interface Templates {
  readonly count: number;
  /** undefined: there is no template for the call. */
  choose(values: MessageValues): Template | undefined;
}

interface Given {
  readonly templates: Readonly<Record<string, string>>;
  readonly expression: string | undefined;
  readonly stageVariables: Readonly<Record<string, string>>;
  /** Name of the member that has the templates. */
  readonly member: "requestTemplates" | "responseTemplates";
  readonly at: string;
}

/** compileTemplates compiles templates; what is wrong with them is added to the problems. */
export function compileTemplates(
  { templates, expression, stageVariables, member, at }: Given,
  problems: Problem[],
): Templates {
  const byKey = new Map<string, Template>();
  for (const [key, text] of Object.entries(templates)) {
    const compiled = compileTemplate(text);
    if (compiled.ok) byKey.set(key, compiled.value);
    else
      problems.push(
        problemAt(`${at}.${member}.${key}`, facts.TEMPLATE_INVALID({ reason: compiled.message })),
      );
  }
  const otherwise = byKey.get("$default");
  if (expression === undefined) return { count: byKey.size, choose: () => otherwise };
  const select = compileSelectionExpression(expression, stageVariables);
  if (!select.ok)
    problems.push(
      problemAt(
        `${at}.templateSelectionExpression`,
        facts.EXPRESSION_INVALID({ expression, reason: select.message }),
      ),
    );
  return {
    count: byKey.size,
    choose: (values) => (select.ok ? byKey.get(select.value(values) ?? "") : undefined) ?? otherwise,
  };
}
