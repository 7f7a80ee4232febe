import type { LogEventView } from "../../logs-port.ts";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import { logsError } from "./errors.ts";
import { arnOfGroup, BOOLEAN, inputOf, STRING, textOf } from "./inputs.ts";

/** Fields that are found in a message of JSON (AWS: supported logs and discovered fields). */
const FIELDS_MAX = 200;
/** How deep they may be nested, and events of the same millisecond that are read at once. */
const DEPTH_MAX = 32;
const PAGE_EVENTS = 1_000;
/** The time of an event in its id. */
const TIME_SHIFT = 144n;

interface Pointer {
  readonly accountId: string;
  readonly group: string;
  readonly id: string;
}

/** pointerOf reads what queries give as @ptr: the account, the group, and the id of the event; undefined: it is none. */
function pointerOf({ input }: Pick<JsonRequest, "input">): Pointer | undefined {
  const text = Buffer.from(textOf(input, "logRecordPointer"), "base64url").toString("utf8");
  const [, accountId, group, id] = /^(\d{12}):([.\-_/#A-Za-z0-9]{1,512})\n(\d{56})$/.exec(text) ?? [];
  return accountId === undefined || group === undefined || id === undefined
    ? undefined
    : { accountId, group, id };
}

const notFound = () => logsError("ResourceNotFoundException", "The specified log record does not exist.");

/** The members of a message of JSON, and those within them, by their paths. */
function discovered(message: string): readonly (readonly [path: string, value: string])[] {
  const fields: (readonly [string, string])[] = [];
  const add = (path: string, value: unknown, depth: number): void => {
    if (value === null || fields.length >= FIELDS_MAX) return;
    if (typeof value !== "object") fields.push([path, String(value)]);
    else if (depth === DEPTH_MAX) fields.push([path, JSON.stringify(value)]);
    else
      for (const [name, member] of Object.entries(value))
        add(path === "" ? name.replace(/^@/, "@@") : `${path}.${name}`, member, depth + 1);
  };
  try {
    if (/^\s*\{/.test(message)) add("", JSON.parse(message), 0);
  } catch {
    // It only looks like JSON.
  }
  return fields;
}

/** The event of a pointer; undefined: it is not there any more. */
async function eventOf(
  { application, caller }: JsonRequest,
  { group, id }: Pointer,
): Promise<LogEventView | undefined> {
  const unixMs = Number(BigInt(id) >> TIME_SHIFT);
  if (!Number.isSafeInteger(unixMs)) return undefined;
  let after = "";
  do {
    const page = await application.logs.read(caller.accountId, group, {
      streams: [],
      streamPrefix: "",
      startUnixMs: unixMs,
      endUnixMs: unixMs + 1,
      pattern: "",
      after,
      isBackward: false,
      limit: PAGE_EVENTS,
    });
    const found = page.events.find((event) => event.id === id);
    if (found) return found;
    after = page.next;
  } while (after !== "");
  return undefined;
}

/** getLogRecord is all fields of one event of a query's result. */
export const getLogRecord: JsonOperation = {
  name: "GetLogRecord",
  isReadOnly: true,
  input: inputOf({ logRecordPointer: STRING, unmask: BOOLEAN }, ["logRecordPointer"]),
  // Whoever may read no group is not told what is wrong with a pointer.
  resource: (request) => `${arnOfGroup(request, pointerOf(request)?.group ?? "")}:*`,
  async run(request) {
    const pointer = pointerOf(request);
    if (!pointer) throw logsError("InvalidParameterException", "The specified logRecordPointer is invalid.");
    // What another account has does not exist.
    if (pointer.accountId !== request.caller.accountId) throw notFound();
    const event = await eventOf(request, pointer);
    if (!event) throw notFound();
    return {
      logRecord: {
        ...Object.fromEntries(discovered(event.message)),
        "@ptr": textOf(request.input, "logRecordPointer"),
        "@timestamp": String(event.unixMs),
        "@ingestionTime": String(event.ingestionUnixMs),
        "@message": event.message,
        "@logStream": event.stream,
        "@log": `${pointer.accountId}:${pointer.group}`,
      },
    };
  },
};
