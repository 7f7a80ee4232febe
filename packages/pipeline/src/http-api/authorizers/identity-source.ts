import type { Call } from "../../call/call.ts";
import type { RouteContext } from "../../call/route-context.ts";
import { queryPairs } from "../../values/call-values.ts";
import { compileShownHeader, type EventFormat } from "../../values/event-headers.ts";
import { compileSelection } from "../mapping/selection-expression.ts";

/** Sources are the values that identify a caller. */
export interface Sources {
  /** One of each source; what repeats is joined by commas. */
  readonly values: readonly string[];
  /** All that an event shows of each source: what repeats, and how its name is spelled. */
  readonly shown: readonly (readonly string[])[];
}

interface Found {
  readonly value: string;
  readonly shown: readonly string[];
}

/** Reads one source; undefined: it is not there. */
type Read = (call: Call) => Found | undefined;

const single = (value: string | undefined): Found | undefined =>
  value === undefined || value === "" ? undefined : { value, shown: [value] };

function compileSource(
  source: string,
  stageVariables: RouteContext["stageVariables"],
  format: EventFormat,
): Read {
  const [, place, name = ""] = /^\$request\.(header|querystring)\.(.+)$/.exec(source) ?? [];
  if (place === "header") {
    const read = compileShownHeader(name, format);
    return (call) => {
      const shown = read(call);
      const value = shown.filter((_text, i) => i % 2 === 1).join(",");
      return value === "" ? undefined : { value, shown };
    };
  }
  if (place === "querystring")
    return (call) => {
      const shown = queryPairs(call.query).flatMap(([key, value]) => (key === name ? [value] : []));
      const value = shown.join(",");
      return value === "" ? undefined : { value, shown };
    };
  const selection = compileSelection(source, stageVariables, false);
  return (call) => (selection.ok ? single(selection.select(call, undefined)) : undefined);
}

/**
 * compileSources reads the values that identify a caller, as events of a format show them; undefined: one of them is not there (AWS:
 * identity sources for HTTP APIs).
 */
export function compileSources(
  sources: readonly string[],
  { stageVariables }: RouteContext,
  format: EventFormat,
): (call: Call) => Sources | undefined {
  const readers = sources.map((source) => compileSource(source, stageVariables, format));
  return (call) => {
    const values: string[] = [];
    const shown: (readonly string[])[] = [];
    for (const read of readers) {
      const found = read(call);
      if (!found) return undefined;
      values.push(found.value);
      shown.push(found.shown);
    }
    return { values, shown };
  };
}
