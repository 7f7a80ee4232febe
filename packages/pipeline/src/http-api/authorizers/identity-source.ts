import type { Call } from "../../call/call.ts";
import type { RouteContext } from "../../call/route-context.ts";
import { compileSelection } from "../mapping/selection-expression.ts";

/** compileSources reads the values that identify a caller; undefined: one of them is not there (AWS: identity sources for HTTP APIs). */
export function compileSources(
  sources: readonly string[],
  { stageVariables }: RouteContext,
): (call: Call) => readonly string[] | undefined {
  const selections = sources.map((source) => compileSelection(source, stageVariables, false));
  return (call) => {
    const values = selections.map((one) => (one.ok ? one.select(call, undefined) : undefined));
    return values.every((value) => value !== undefined && value !== "") ? (values as string[]) : undefined;
  };
}
