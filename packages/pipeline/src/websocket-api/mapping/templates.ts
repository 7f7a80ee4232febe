import { type Problem, problemAt } from "@tollgate/config/runtime";
import {
  compileSelectionExpression,
  compileTemplate,
  type JsonBody,
  Overrides,
  type Template,
} from "@tollgate/mapping";
import { facts } from "../../engine/facts.ts";
import type { Late } from "../../engine/late.ts";
import type { Ports } from "../../engine/ports.ts";
import { hereOrAside, renderedBy } from "../../values/body-work.ts";
import { factsOf } from "../../values/call-facts.ts";
import type { MessageValues } from "../message-values.ts";

/** MessageTemplate is a template, and its text for whoever renders it elsewhere. */
export interface MessageTemplate {
  readonly text: string;
  readonly render: Template;
}

/** Templates are the templates of an integration or of one of its responses, by the keys that an expression selects them by. */
export interface Templates {
  readonly count: number;
  /** What the expression reads of bodies. */
  readonly reads: readonly string[];
  /** undefined: there is no template for the call. */
  choose(values: MessageValues): MessageTemplate | undefined;
}

/** render renders a template over a payload. */
export const render = (
  template: MessageTemplate,
  values: MessageValues,
  payload: JsonBody,
  { bodyWork }: Pick<Ports, "bodyWork">,
): Late<string> =>
  hereOrAside(
    payload.raw.length,
    () => template.render(values.templateValues(payload)),
    async () => {
      // Templates of WebSocket APIs override nothing.
      const call = factsOf(values.call, values, new Overrides());
      return renderedBy(await bodyWork({ text: payload.raw, template: { text: template.text, call } }));
    },
  );

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
  const byKey = new Map<string, MessageTemplate>();
  for (const [key, text] of Object.entries(templates)) {
    const compiled = compileTemplate(text);
    if (compiled.ok) byKey.set(key, { text, render: compiled.value });
    else
      problems.push(
        problemAt(`${at}.${member}.${key}`, facts.TEMPLATE_INVALID({ reason: compiled.message })),
      );
  }
  const otherwise = byKey.get("$default");
  if (expression === undefined) return { count: byKey.size, reads: [], choose: () => otherwise };
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
    reads: select.ok ? select.value.reads : [],
    choose: (values) => (select.ok ? byKey.get(select.value(values) ?? "") : undefined) ?? otherwise,
  };
}
