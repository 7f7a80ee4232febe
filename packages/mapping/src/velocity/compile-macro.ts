import type { Value } from "../java/value.ts";
import { compileExpression } from "./compile-expression.ts";
import type { CompiledMacro, Scope } from "./scope.ts";
import { Deferred, type Evaluate, NEXT, type Render, STOP, type State } from "./state.ts";
import { type Block, type Macro, type Node, TemplateSyntaxError } from "./syntax.ts";
import { weightOf } from "./weight.ts";

/** Argument is passed by name: evaluated again, in the caller's scope, each time that the macro mentions it. */
class Argument extends Deferred {
  override readonly source: string | undefined;
  readonly #evaluate: Evaluate;
  readonly #frame: readonly Value[];

  constructor(evaluate: Evaluate, frame: readonly Value[], source?: string) {
    super();
    this.source = source;
    this.#evaluate = evaluate;
    this.#frame = frame;
  }

  read(state: State): Value {
    const { frame } = state;
    state.enter();
    state.frame = this.#frame;
    const value = this.#evaluate(state);
    state.frame = frame;
    state.depth--;
    return value;
  }

  toString(): string {
    return "";
  }
}

/** Every macro of a block, in blocks within it too. */
function* macrosOf(block: Block): Generator<Macro> {
  for (const node of block) {
    if (node.kind === "macro") yield node.macro;
    if (node.kind === "foreach" || node.kind === "define") yield* macrosOf(node.block);
    if (node.kind === "macro") yield* macrosOf(node.macro.block);
    if (node.kind !== "if") continue;
    for (const branch of node.branches) yield* macrosOf(branch.block);
    yield* macrosOf(node.otherwise ?? []);
  }
}

/** declareMacros finds the macros of a template; the first one with a name counts. They can be called before the place of their definition. */
export function declareMacros(block: Block, scope: Scope): void {
  const declared: CompiledMacro[] = [];
  for (const macro of macrosOf(block)) {
    if (scope.macros.has(macro.name)) continue;
    const compiled: CompiledMacro = { macro, render: () => NEXT };
    scope.macros.set(macro.name, compiled);
    declared.push(compiled);
  }
  for (const compiled of declared) {
    const { macro } = compiled;
    compiled.render = scope.within(macro.parameters).block(macro.block);
  }
}

/** compileCall renders a macro; an unknown name prints as it was written. */
export function compileCall(node: Extract<Node, { kind: "call" }>, scope: Scope): Render {
  const compiled = scope.macros.get(node.name);
  if (!compiled) {
    if (node.body) throw new TemplateSyntaxError(node.place, `the macro '${node.name}' does not exist`);
    const { source } = node;
    return (state) => {
      state.out += source;
      return NEXT;
    };
  }
  const { parameters } = compiled.macro;
  if (node.args.length > parameters.length)
    throw new TemplateSyntaxError(
      node.place,
      `#${node.name} takes ${parameters.length} arguments, not ${node.args.length}`,
    );
  const args = node.args.map((arg) => ({
    constant: arg.kind === "literal" ? arg.value : undefined,
    evaluate: compileExpression(arg, scope),
    source: arg.kind === "reference" ? arg.reference.source : undefined,
  }));
  const weight = weightOf(compiled.macro.block);
  const body = node.body && scope.block(node.body);
  const bodySlot = scope.slot("bodyContent");
  if (body) scope.shared.defers = true;
  return (state) => {
    const { frame } = state;
    const bodyBefore = state.variables[bodySlot] as Value;
    state.enter();
    if (body) state.variables[bodySlot] = new Argument((inner) => inner.capture(body), frame);
    state.pay(weight);
    state.frame = args.map(
      ({ constant, evaluate, source }) => constant ?? new Argument(evaluate, frame, source),
    );
    const signal = compiled.render(state);
    state.frame = frame;
    state.variables[bodySlot] = bodyBefore;
    state.depth--;
    return signal === STOP ? STOP : NEXT;
  };
}
