import type { Value } from "../java/value.ts";
import { compileBlock } from "./compile-block.ts";
import { compileExpression } from "./compile-expression.ts";
import { declareMacros } from "./compile-macro.ts";
import type { Dialect } from "./dialect.ts";
import { parseTemplate } from "./parse.ts";
import { Scope } from "./scope.ts";
import { type Budget, State } from "./state.ts";

/** The default limit of the cost of a rendering: about 20 ms of work. */
const BUDGET: Budget = { steps: 250_000, outputChars: 10 * 1024 * 1024, depth: 64 };

/** Roots returns the value of a name before the template sets it. undefined: none. It is called only for names that the template mentions. */
export type Roots = (name: string) => Value | undefined;

export type Velocity = (roots: Roots, budget?: Budget) => string;

/** compileVelocity compiles a template to a function that renders it. Throws TemplateSyntaxError; rendering throws RenderError. */
export function compileVelocity(text: string, dialect: Dialect): Velocity {
  const block = parseTemplate(text);
  const scope = new Scope({ block: compileBlock, expression: compileExpression }, dialect);
  declareMacros(block, scope);
  const render = compileBlock(block, scope);
  const names = [...scope.slots.keys()];
  return (roots, budget = BUDGET) => {
    const variables: Value[] = [];
    for (const name of names) variables.push(roots(name) ?? null);
    const state = new State(variables, dialect.missing, budget);
    render(state);
    return state.out;
  };
}
