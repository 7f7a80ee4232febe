import type { ServerResponse } from "node:http";
import { EventStreamCodec } from "@smithy/core/event-streams";
import type { InvocationOutcome } from "./environment.ts";

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString("utf8"),
  (text) => Buffer.from(text),
);

const text = (value: string) => ({ type: "string", value }) as const;

/** EventStreamResponse writes the response of a function as Lambda's event stream (AWS Lambda: InvokeWithResponseStreamResponseEvent). */
export class EventStreamResponse {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>) {
    this.#response = response;
    response.writeHead(200, {
      ...headers,
      "Content-Type": "application/vnd.amazon.eventstream",
      "X-Amz-Executed-Version": "$LATEST",
    });
  }

  #event(type: string, contentType: string, body: Uint8Array): void {
    const headers = {
      ":event-type": text(type),
      ":message-type": text("event"),
      ":content-type": text(contentType),
    };
    this.#response.write(codec.encode({ headers, body }));
  }

  piece(bytes: Uint8Array): void {
    this.#event("PayloadChunk", "application/octet-stream", bytes);
  }

  /** complete ends the stream; the response of a function that does not stream is sent in one piece. */
  complete({ payload, failed }: InvocationOutcome): void {
    if (!failed && payload !== "") this.piece(Buffer.from(payload));
    const details = failed ? { ErrorCode: "Unhandled", ErrorDetails: payload } : {};
    this.#event("InvokeComplete", "application/json", Buffer.from(JSON.stringify(details)));
    this.#response.end();
  }
}
