import { type Problem, problemAt } from "@tollgate/config/runtime";
import type { Call } from "../../call/call.ts";
import { canonicalName } from "../../call/header-rules.ts";
import { facts } from "../../engine/facts.ts";
import { refuseDotSegments } from "../../upstream/upstream-uri.ts";
import { queryPairs } from "../../values/call-values.ts";
import { headerValue } from "../../values/header-value.ts";
import { compileSelection, type Responded, type Selection } from "./selection-expression.ts";

type Op = "append" | "overwrite" | "remove";

interface Change {
  readonly op: Op;
  readonly place: "header" | "querystring" | "path" | "statuscode";
  readonly name: string;
  readonly select: Selection;
}

interface CompiledChanges {
  readonly changes: readonly Change[];
  readonly readsRequestBody: boolean;
  readonly readsResponseBody: boolean;
}

function compileChanges(
  parameters: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>>,
  { at, ofResponse, problems }: { at: string; ofResponse: boolean; problems: Problem[] },
): CompiledChanges {
  const changes: Change[] = [];
  let readsRequestBody = false;
  let readsResponseBody = false;
  for (const [target, text] of Object.entries(parameters)) {
    const [, op = "", place = "", name = ""] = /^(\w+):(\w+)(?:\.(.+))?$/.exec(target) ?? [];
    // An empty value is a mapping that was taken away; remove has none.
    if (text === "" && op !== "remove") continue;
    const compiled =
      op === "remove"
        ? compileSelection("", variables, false)
        : compileSelection(text, variables, ofResponse);
    if (!compiled.ok) {
      problems.push(
        problemAt(
          `${at}.${target}`,
          facts.EXPRESSION_INVALID({ expression: text, reason: compiled.message }),
        ),
      );
      continue;
    }
    readsRequestBody ||= compiled.readsRequestBody;
    readsResponseBody ||= compiled.readsResponseBody;
    changes.push({ op: op as Op, place: place as Change["place"], name, select: compiled.select });
  }
  return { changes, readsRequestBody, readsResponseBody };
}

/** changeHeader carries out one change of a header, in place. Other spellings that servers take for its name go with it. */
function changeHeader(headers: string[], { op, name }: Change, value: string | undefined): void {
  if (op !== "remove" && value === undefined) return;
  const lower = name.toLowerCase();
  const canonical = canonicalName(name);
  const before: string[] = [];
  for (let i = headers.length - 2; i >= 0; i -= 2) {
    if (canonicalName(headers[i] as string) !== canonical) continue;
    const [spelled = "", given = ""] = headers.splice(i, 2);
    if (spelled.toLowerCase() === lower) before.unshift(given);
  }
  if (op === "remove") return;
  const given = headerValue(value as string);
  headers.push(name, op === "append" ? [...before, given].join(",") : given);
}

/** changeQuery is a query string with one of its parameters changed. */
function changeQuery(query: string, { op, name }: Change, value: string | undefined): string {
  if (op !== "remove" && value === undefined) return query;
  const pairs = query === "" ? [] : query.split("&");
  const kept = op === "append" ? pairs : pairs.filter((pair) => queryPairs(pair)[0]?.[0] !== name);
  if (op !== "remove")
    kept.push(`${encodeURIComponent(name)}=${encodeURIComponent((value as string).toWellFormed())}`);
  return kept.join("&");
}

/** A mapped value as a path: what has no place in one is encoded. */
const pathOf = (value: string): string => {
  const path = value.replace(/[^!-~]|[?#\\]|%(?![0-9A-Fa-f]{2})/gu, (one) =>
    encodeURIComponent(one.toWellFormed()),
  );
  return refuseDotSegments(path.startsWith("/") ? path : `/${path}`);
};

/** MappedRequest is what of a request a mapping changes. */
export interface MappedRequest {
  readonly headers: string[];
  query: string;
  path: string;
}

export interface RequestMapping {
  readonly readsBody: boolean;
  /** Changes a request in place. */
  apply(call: Call, request: MappedRequest): void;
}

/**
 * compileRequestMapping compiles an integration's requestParameters; undefined: there are none. Those of functions do not have them in what
 * control planes of version 0.1 deliver, and in what nodes of that version have on their disks.
 */
export function compileRequestMapping(
  parameters: Readonly<Record<string, string>> | undefined = {},
  variables: Readonly<Record<string, string>>,
  at: string,
  problems: Problem[],
): RequestMapping | undefined {
  const { changes, readsRequestBody } = compileChanges(parameters, variables, {
    at: `${at}.requestParameters`,
    ofResponse: false,
    problems,
  });
  if (changes.length === 0) return undefined;
  return {
    readsBody: readsRequestBody,
    apply(call, request) {
      for (const change of changes) {
        const value = change.select(call, undefined);
        if (change.place === "header") changeHeader(request.headers, change, value);
        else if (change.place === "querystring") request.query = changeQuery(request.query, change, value);
        else if (value !== undefined) request.path = pathOf(value);
      }
    },
  };
}

/** MappedHead is what a mapping changes of a response. */
export interface MappedHead {
  readonly status: number;
  readonly headers: string[];
}

export interface ResponseMapping {
  /** Whether responses with one of its statuses must be complete first. */
  readonly readsBody: boolean;
  readonly readsRequestBody: boolean;
  /** The head of a response, changed by the mapping of its status. */
  apply(call: Call, status: number, headers: string[], responded: Responded): MappedHead;
}

const statusOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^[2-5]\d\d$/.test(text) ? Number(text) : undefined;

/** compileResponseMapping compiles an integration's responseParameters; undefined: there are none. */
export function compileResponseMapping(
  parameters: Readonly<Record<string, Readonly<Record<string, string>>>>,
  variables: Readonly<Record<string, string>>,
  at: string,
  problems: Problem[],
): ResponseMapping | undefined {
  const byStatus = new Map(
    Object.entries(parameters).map(([status, own]) => [
      Number(status),
      compileChanges(own, variables, {
        at: `${at}.responseParameters.${status}`,
        ofResponse: true,
        problems,
      }),
    ]),
  );
  const all = [...byStatus.values()];
  if (!all.some(({ changes }) => changes.length > 0)) return undefined;
  return {
    readsBody: all.some(({ readsResponseBody }) => readsResponseBody),
    readsRequestBody: all.some(({ readsRequestBody }) => readsRequestBody),
    apply(call, given, headers, responded) {
      let status = given;
      for (const change of byStatus.get(given)?.changes ?? []) {
        const value = change.select(call, responded);
        if (change.place === "statuscode") status = statusOf(value) ?? status;
        else changeHeader(headers, change, value);
      }
      return { status, headers };
    },
  };
}
