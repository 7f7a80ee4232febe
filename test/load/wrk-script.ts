import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** WrkRequest is what wrk sends again and again. */
export interface WrkRequest {
  readonly method?: string;
  /** Names and values in turn. */
  readonly headers?: readonly string[];
  readonly body?: string;
  /** A body of so many bytes, instead. */
  readonly bodyBytes?: number;
}

/** wrkScripts returns how to write scripts, which are there as long as the scope lives. */
export function wrkScripts(scope: AsyncDisposableStack): (lines: readonly string[]) => string {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-wrk-"));
  scope.defer(() => rmSync(folder, { recursive: true }));
  let written = 0;
  return (lines) => {
    const file = join(folder, `${++written}.lua`);
    writeFileSync(file, `${lines.join("\n")}\n`);
    return file;
  };
}

/** requestLines are the lines of a script that sends a request. */
export function requestLines({ method, headers = [], body, bodyBytes }: WrkRequest): readonly string[] {
  return [
    ...(method === undefined ? [] : [`wrk.method = ${JSON.stringify(method)}`]),
    ...headers.flatMap((name, i) =>
      i % 2 === 0 ? [`wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(headers[i + 1])}`] : [],
    ),
    ...(body === undefined ? [] : [`wrk.body = [==[${body}]==]`]),
    ...(bodyBytes === undefined ? [] : [`wrk.body = string.rep("x", ${bodyBytes})`]),
  ];
}

/** RandomCalls is what is called at random. */
export interface RandomCalls {
  readonly count: number;
  /** Expressions of Lua in i, which is from 0 to count - 1. */
  readonly path: string;
  readonly header?: readonly [name: string, value: string];
}

/** callingLines are the lines of a script that calls something else each time. */
export const callingLines = ({ count, path, header }: RandomCalls): readonly string[] => [
  "function request()",
  `  local i = math.random(0, ${count - 1})`,
  ...(header ? [`  wrk.headers[${JSON.stringify(header[0])}] = ${header[1]}`] : []),
  `  return wrk.format(nil, ${path})`,
  "end",
];
