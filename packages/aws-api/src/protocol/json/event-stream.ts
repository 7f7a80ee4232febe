import { EventStreamCodec } from "@smithy/core/event-streams";
import { writeOutput } from "./shape.ts";

/** StreamEvent is one event of a response that is a stream, or the exception that ends it. */
export interface StreamEvent {
  readonly type: string;
  readonly isException?: boolean;
  readonly members: Readonly<Record<string, unknown>>;
}

/** EventStream is the output of an operation that responds with events, as long as the client reads them. */
export class EventStream {
  readonly events: AsyncIterable<StreamEvent>;
  /** Ends it, whether its events were read or not. */
  readonly leave: () => void;

  constructor(events: AsyncIterable<StreamEvent>, leave: () => void) {
    this.events = events;
    this.leave = leave;
  }
}

export const EVENT_STREAM_TYPE = "application/vnd.amazon.eventstream";

const codec = new EventStreamCodec(
  (input) => (typeof input === "string" ? input : Buffer.from(input).toString("utf8")),
  (text) => Buffer.from(text, "utf8"),
);

function encode(
  headers: Readonly<Record<string, string>>,
  members: Readonly<Record<string, unknown>>,
): Uint8Array {
  return codec.encode({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, { type: "string" as const, value }]),
    ),
    body: writeOutput(members),
  });
}

/** Clients of JSON protocols wait for it, although it says nothing (AWS: Smithy, event streams, initial response). */
const initialResponse = (version: string) =>
  encode(
    {
      ":message-type": "event",
      ":event-type": "initial-response",
      ":content-type": `application/x-amz-json-${version}`,
    },
    {},
  );

/** encodeEvents writes the messages of an event stream (AWS: Smithy, Amazon event stream specification). */
export async function* encodeEvents(
  events: AsyncIterable<StreamEvent>,
  version: string,
): AsyncGenerator<Uint8Array> {
  yield initialResponse(version);
  for await (const { type, isException = false, members } of events) {
    const kind = isException ? "exception" : "event";
    const headers = {
      ":message-type": kind,
      [`:${kind}-type`]: type,
      ":content-type": "application/json",
    };
    yield encode(headers, members);
  }
}
