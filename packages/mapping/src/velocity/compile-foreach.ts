import { HostObject, JavaList, type Value } from "../java/value.ts";
import { compileExpression } from "./compile-expression.ts";
import type { Scope } from "./scope.ts";
import { FOREACH_MAX, NEXT, type Render, STOP } from "./state.ts";
import type { Node } from "./syntax.ts";
import { weightOf } from "./weight.ts";

/** Loop is $foreach inside a #foreach. */
class Loop extends HostObject {
  index = 0;
  readonly #size: number;
  readonly #parent: Value;

  constructor(size: number, parent: Value) {
    super();
    this.#size = size;
    this.#parent = parent;
  }

  get(name: string): Value | undefined {
    switch (name) {
      case "hasNext":
        return this.index + 1 < this.#size;
      case "index":
        return this.index;
      case "count":
        return this.index + 1;
      case "first":
        return this.index === 0;
      case "last":
        return this.index + 1 === this.#size;
      case "parent":
        return this.#parent;
      case "topmost":
        return this.#parent instanceof Loop ? this.#parent.get("topmost") : this;
      default:
        return undefined;
    }
  }

  call(name: string): Value | undefined {
    const property = /^(?:get|is)([A-Z].*)$/.exec(name)?.[1];
    if (property) return this.get(property.charAt(0).toLowerCase() + property.slice(1));
    return name === "hasNext" ? this.get(name) : undefined;
  }

  toString(): string {
    return "org.apache.velocity.runtime.directive.ForeachScope";
  }
}

/** The elements that a loop iterates over: elements of a list, values of a map. undefined: the value has no elements. */
function elementsOf(value: Value): readonly Value[] | undefined {
  if (value instanceof JavaList) return value.items;
  if (value instanceof Map) return [...value.values()];
  return value instanceof HostObject
    ? elementsOf(value.call("values", [], { spend: () => undefined, spendOnText: () => undefined }) ?? null)
    : undefined;
}

/** compileForeach renders a block once for each element; the loop's references have their former values after it. */
export function compileForeach(
  { variable, list, block }: Extract<Node, { kind: "foreach" }>,
  scope: Scope,
): Render {
  const evaluate = compileExpression(list, scope);
  const item = scope.slot(variable);
  const render = scope.block(block);
  const weight = weightOf(block);
  const loop = scope.slot("foreach");
  const count = scope.slot("velocityCount");
  const hasNext = scope.slot("velocityHasNext");
  return (state) => {
    const { variables } = state;
    const elements = elementsOf(evaluate(state));
    if (!elements) return NEXT;
    state.spend(elements.length / 16);
    const before = [variables[item], variables[loop], variables[count], variables[hasNext]] as Value[];
    const { length } = elements;
    const foreach = new Loop(length, before[1] as Value);
    variables[loop] = foreach;
    let signal: number = NEXT;
    for (let i = 0; i < length && i < FOREACH_MAX; i++) {
      state.pay(weight);
      foreach.index = i;
      variables[item] = elements[i] ?? state.missing;
      variables[count] = i + 1;
      variables[hasNext] = i + 1 < length;
      signal = render(state);
      if (signal !== NEXT) break;
    }
    [variables[item], variables[loop], variables[count], variables[hasNext]] = before as [
      Value,
      Value,
      Value,
      Value,
    ];
    return signal === STOP ? STOP : NEXT;
  };
}
