import type { Macro } from "./syntax.ts";
import type { Render } from "./state.ts";

/** CompiledMacro is filled once its body is compiled, so that macros can call themselves. */
export interface CompiledMacro {
  readonly macro: Macro;
  render: Render;
}

/** Scope gives names their places while a template is compiled. */
export class Scope {
  readonly slots: Map<string, number>;
  readonly macros: Map<string, CompiledMacro>;
  readonly #parameters: readonly string[];

  constructor(
    slots: Map<string, number> = new Map(),
    macros: Map<string, CompiledMacro> = new Map(),
    parameters: readonly string[] = [],
  ) {
    this.slots = slots;
    this.macros = macros;
    this.#parameters = parameters;
  }

  /** Place of a variable. */
  slot(name: string): number {
    const known = this.slots.get(name) ?? this.slots.size;
    this.slots.set(name, known);
    return known;
  }

  /** Place among the arguments of the macro that is compiled; -1 where the name is none. */
  parameter(name: string): number {
    return this.#parameters.indexOf(name);
  }

  /** The scope of a macro's body. */
  within(parameters: readonly string[]): Scope {
    return new Scope(this.slots, this.macros, parameters);
  }
}
