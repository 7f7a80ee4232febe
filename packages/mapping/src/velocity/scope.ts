import type { Dialect } from "./dialect.ts";
import type { Evaluate, Render } from "./state.ts";
import type { Block, Expression, Macro } from "./syntax.ts";

/** CompiledMacro is filled once its body is compiled, so that macros can call themselves. */
export interface CompiledMacro {
  readonly macro: Macro;
  render: Render;
}

/** Compilers connects the parts of the compiler, which call each other only through it. */
export interface Compilers {
  readonly block: (block: Block, scope: Scope) => Render;
  readonly expression: (expression: Expression, scope: Scope) => Evaluate;
}

/** Scope gives names their places while a template is compiled. */
export class Scope {
  readonly slots: Map<string, number>;
  readonly macros: Map<string, CompiledMacro>;
  /** Shared by all scopes of one template. `defers`: some variable contains a block that is rendered when it is read. */
  readonly shared: { defers: boolean };
  readonly dialect: Dialect;
  readonly #compilers: Compilers;
  readonly #parameters: readonly string[];

  constructor(
    compilers: Compilers,
    dialect: Dialect,
    slots: Map<string, number> = new Map(),
    macros: Map<string, CompiledMacro> = new Map(),
    parameters: readonly string[] = [],
    shared = { defers: false },
  ) {
    this.#compilers = compilers;
    this.dialect = dialect;
    this.shared = shared;
    this.slots = slots;
    this.macros = macros;
    this.#parameters = parameters;
  }

  block(block: Block): Render {
    return this.#compilers.block(block, this);
  }

  expression(expression: Expression): Evaluate {
    return this.#compilers.expression(expression, this);
  }

  /** Place of a variable. */
  slot(name: string): number {
    const known = this.slots.get(name) ?? this.slots.size;
    this.slots.set(name, known);
    return known;
  }

  /** Place among the arguments of the macro that is compiled; -1 if the name is not an argument. */
  parameter(name: string): number {
    return this.#parameters.indexOf(name);
  }

  /** The scope of a macro's body. */
  within(parameters: readonly string[]): Scope {
    return new Scope(this.#compilers, this.dialect, this.slots, this.macros, parameters, this.shared);
  }
}
