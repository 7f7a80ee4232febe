import type { Value } from "../java/value.ts";
import { compileExpression, compileTest } from "./compile-expression.ts";
import { compileForeach } from "./compile-foreach.ts";
import { compileCall } from "./compile-macro.ts";
import { compileAssign, compilePrint, type Print } from "./compile-reference.ts";
import type { Scope } from "./scope.ts";
import { BREAK, Deferred, NEXT, type Render, STOP, type State } from "./state.ts";
import type { Block, Node } from "./syntax.ts";

/** compileBlock compiles nodes to one function that renders them in order. */
export function compileBlock(block: Block, scope: Scope): Render {
  const renders = runsOf(block).map((run) =>
    Array.isArray(run) ? compileText(run, scope) : compileNode(run, scope),
  );
  const [first, second] = renders;
  if (!first) return () => NEXT;
  if (!second) return first;
  return (state) => {
    for (let i = 0; i < renders.length; i++) {
      const signal = (renders[i] as Render)(state);
      if (signal !== NEXT) return signal;
    }
    return NEXT;
  };
}

type Printed = Extract<Node, { kind: "text" | "reference" }>;
type Directive = Exclude<Node, Printed>;

/** Texts and references that follow each other go out together. */
function runsOf(block: Block): (Printed[] | Directive)[] {
  const runs: (Printed[] | Directive)[] = [];
  for (const node of block) {
    const last = runs.at(-1);
    if (node.kind !== "text" && node.kind !== "reference") runs.push(node);
    else if (Array.isArray(last)) last.push(node);
    else runs.push([node]);
  }
  return runs;
}

function compileText(run: readonly Printed[], scope: Scope): Render {
  let lead = "";
  const prints: Print[] = [];
  const texts: string[] = [];
  for (const node of run)
    if (node.kind === "reference") {
      prints.push(compilePrint(node.reference, node.backslashes, scope));
      texts.push("");
    } else if (prints.length === 0) lead += node.text;
    else texts[texts.length - 1] += node.text;
  const { length } = prints;
  if (length === 0)
    return (state) => {
      state.out += lead;
      return NEXT;
    };
  return (state) => {
    let text = lead;
    for (let i = 0; i < length; i++) text += (prints[i] as Print)(state) + (texts[i] as string);
    state.out += text;
    return NEXT;
  };
}

function compileNode(node: Directive, scope: Scope): Render {
  switch (node.kind) {
    case "set":
      return compileSet(node, scope);
    case "if":
      return compileIf(node, scope);
    case "foreach":
      return compileForeach(node, scope);
    case "define":
      return compileDefine(node, scope);
    case "call":
      return compileCall(node, scope);
    case "macro":
      return () => NEXT;
    case "break":
      return () => BREAK;
    case "stop":
      return () => STOP;
  }
}

/** Where the dialect does not assign null, the reference keeps its value. */
function compileSet({ target, value }: Extract<Node, { kind: "set" }>, scope: Scope): Render {
  const evaluate = compileExpression(value, scope);
  const assign = compileAssign(target, scope);
  const { assignsNull } = scope.dialect;
  return (state) => {
    const result = evaluate(state);
    if (result !== null || assignsNull) assign(state, result);
    return NEXT;
  };
}

function compileIf({ branches, otherwise }: Extract<Node, { kind: "if" }>, scope: Scope): Render {
  const tests = branches.map((branch) => compileTest(branch.condition, scope));
  const blocks = branches.map((branch) => compileBlock(branch.block, scope));
  const last = otherwise && compileBlock(otherwise, scope);
  return (state) => {
    for (let i = 0; i < tests.length; i++)
      if ((tests[i] as (typeof tests)[0])(state)) return (blocks[i] as Render)(state);
    return last ? last(state) : NEXT;
  };
}

/** DefinedBlock is the block of a #define: it is rendered again each time that it is read. */
class DefinedBlock extends Deferred {
  readonly #render: Render;
  readonly #frame: readonly Value[];

  constructor(render: Render, frame: readonly Value[]) {
    super();
    this.#render = render;
    this.#frame = frame;
  }

  read(state: State): string {
    const { frame } = state;
    state.enter();
    state.frame = this.#frame;
    const text = state.capture(this.#render);
    state.frame = frame;
    state.depth--;
    return text;
  }

  toString(): string {
    return "";
  }
}

function compileDefine({ variable, block }: Extract<Node, { kind: "define" }>, scope: Scope): Render {
  const render = compileBlock(block, scope);
  const slot = scope.slot(variable);
  scope.shared.defers = true;
  return (state) => {
    state.variables[slot] = new DefinedBlock(render, state.frame);
    return NEXT;
  };
}
