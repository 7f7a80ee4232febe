import { getIndex, getProperty, methodNamed, PRINT_WEIGHT, setMember } from "../java/members.ts";
import { textOf, type Value } from "../java/value.ts";
import type { Scope } from "./scope.ts";
import { Deferred, type Evaluate, type State } from "./state.ts";
import type { Reference, Step } from "./syntax.ts";

/** Names that reach Java's reflection; no value has them here. */
const REFUSED = new Set(["class", "getClass", "forName", "wait", "notify", "notifyAll"]);

const NO_ARGUMENTS: readonly Value[] = [];

/** A step from one value to the next. undefined: the value does not have the requested member. */
type Follow = (self: Value, state: State) => Value | undefined;

function compileStep(step: Step, scope: Scope): Follow {
  if (step.kind === "index") {
    const index = scope.expression(step.index);
    return (self, state) => getIndex(self, index(state)) ?? state.missing;
  }
  const { name } = step;
  if (REFUSED.has(name)) return () => undefined;
  if (step.kind === "property") return (self, state) => getProperty(self, name) ?? state.missing;
  const call = methodNamed(name);
  const args = step.args.map((arg) => scope.expression(arg));
  const [only] = args;
  if (!only) return (self, state) => answer(call(self, NO_ARGUMENTS, state), state);
  if (only && args.length === 1) return (self, state) => answer(call(self, [only(state)], state), state);
  return (self, state) =>
    answer(
      call(
        self,
        args.map((arg) => arg(state)),
        state,
      ),
      state,
    );
}

/** A method that returned null results in Nothing; a method that does not exist results in Velocity's null. */
const answer = (value: Value | undefined, state: State) => (value === null ? state.missing : value);

function compileRoot(reference: Reference, scope: Scope): Evaluate {
  const parameter = scope.parameter(reference.root);
  if (parameter >= 0)
    return (state) => {
      const value = state.frame[parameter] ?? null;
      return value instanceof Deferred ? value.read(state) : value;
    };
  const slot = scope.slot(reference.root);
  return (state) => {
    const value = state.variables[slot] as Value;
    return scope.shared.defers && value instanceof Deferred ? value.read(state) : value;
  };
}

/** compileReference reads a reference; null if it has no value. */
export function compileReference(reference: Reference, scope: Scope): Evaluate {
  const root = compileRoot(reference, scope);
  const steps = reference.steps.map((step) => compileStep(step, scope));
  const [first, second, third] = steps;
  if (!first) return root;
  if (!second)
    return (state) => {
      const self = root(state);
      return self === null ? null : (first(self, state) ?? null);
    };
  if (!third)
    return (state) => {
      const self = root(state);
      const inner = self === null ? null : first(self, state);
      return inner === null || inner === undefined ? null : (second(inner, state) ?? null);
    };
  return (state) => {
    let value: Value | undefined = root(state);
    for (let i = 0; i < steps.length; i++) {
      if (value === undefined || value === null) return null;
      value = (steps[i] as Follow)(value, state);
    }
    return value ?? null;
  };
}

/** Print returns what a reference prints. */
export type Print = (state: State) => string;

/** compilePrint prints a reference: its value, or if it has none what the dialect says. */
export function compilePrint(reference: Reference, backslashes: number, scope: Scope): Print {
  const read = compileReference(reference, scope);
  const { source, quiet } = reference;
  const { printsSource } = scope.dialect;
  const undefinedText = quiet || !printsSource ? "" : source;
  const parameter = reference.steps.length === 0 ? scope.parameter(reference.root) : -1;
  if (parameter >= 0 && backslashes === 0 && printsSource)
    return (state) => {
      const value = read(state);
      if (value !== null) return printed(value, state);
      const argument = state.frame[parameter];
      return quiet ? "" : argument instanceof Deferred ? (argument.source ?? source) : source;
    };
  if (backslashes === 0)
    return (state) => {
      const value = read(state);
      return typeof value === "string" ? value : value === null ? undefinedText : printed(value, state);
    };
  // Backslashes escape a reference that has a value: an odd number makes it text.
  const half = "\\".repeat(backslashes >> 1);
  const all = "\\".repeat(backslashes);
  return (state) => {
    const value = read(state);
    if (value === null) return all + source;
    return half + (backslashes % 2 === 1 ? source : printed(value, state));
  };
}

function printed(value: Value, state: State): string {
  const text = textOf(value);
  state.spendOnText(PRINT_WEIGHT * text.length);
  return text;
}

/** compileAssign writes to a reference. As in Velocity, a target that cannot be written stays unchanged. */
export function compileAssign(target: Reference, scope: Scope): (state: State, value: Value) => void {
  const last = target.steps.at(-1);
  if (!last) {
    const parameter = scope.parameter(target.root);
    if (parameter >= 0)
      return (state, value) => {
        state.frame = state.frame.with(parameter, value);
      };
    const slot = scope.slot(target.root);
    return (state, value) => {
      state.variables[slot] = value;
    };
  }
  if (last.kind === "method") return () => undefined;
  const owner = compileReference({ ...target, steps: target.steps.slice(0, -1) }, scope);
  const member = last.kind === "property" ? () => last.name : scope.expression(last.index);
  return (state, value) => {
    const self = owner(state);
    if (self !== null) setMember(self, member(state), value);
  };
}
