import { EventStreamCodec } from "@smithy/core/event-streams";
import type { Call } from "../../call/call.ts";
import { deny, malformedProxyReply } from "../../call/errors.ts";
import type { ResponseSource } from "../../call/exchange.ts";
import { logEndpointResponse } from "../../call/execution-steps.ts";
import type { Reply } from "../../call/reply.ts";
import { failureReply, logFailure } from "../../upstream/failure.ts";
import type { UpstreamControl, UpstreamFailure, UpstreamHandler } from "../../upstream/transport.ts";
import { headOfMetadata } from "./function-response.ts";

const notInvokable = deny("API_CONFIGURATION_ERROR");

/** What separates the metadata of a streamed response from its body. */
const DELIMITER = Buffer.alloc(8);
/** AWS looks for the delimiter in so much of a stream. */
const METADATA_MAX_BYTES = 16 * 1024;

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString("utf8"),
  (text) => Buffer.from(text),
);

interface StreamEvent {
  readonly type: string;
  readonly body: Buffer;
}

/** EventFrames cuts a stream of events (application/vnd.amazon.eventstream) into them, however its pieces come. Throws where it is none. */
class EventFrames {
  #rest: Buffer = Buffer.alloc(0);

  *take(piece: Buffer): Generator<StreamEvent> {
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    while (this.#rest.length >= 4) {
      const sizeBytes = this.#rest.readUInt32BE(0);
      if (this.#rest.length < sizeBytes) return;
      const { headers, body } = codec.decode(this.#rest.subarray(0, sizeBytes));
      this.#rest = this.#rest.subarray(sizeBytes);
      yield { type: String(headers[":event-type"]?.value ?? ""), body: Buffer.from(body) };
    }
  }
}

/**
 * StreamedInvocation hands what a function streams to the client as it comes: metadata (JSON with statusCode, headers and cookies), eight
 * zero bytes, then the body (AWS: stream the integration response for your proxy integrations).
 */
export class StreamedInvocation implements UpstreamHandler, ResponseSource {
  readonly #call: Call;
  readonly #settle: (reply: Reply | undefined) => void;
  readonly #frames = new EventFrames();
  control: UpstreamControl | undefined = undefined;
  #status = 0;
  /** What came before the delimiter; undefined: the response has begun. */
  #metadata: Buffer | undefined = Buffer.alloc(0);
  #isComplete = false;
  #isSettled = false;

  constructor(call: Call, settle: (reply: Reply | undefined) => void) {
    this.#call = call;
    this.#settle = settle;
    call.exchange.source = this;
  }

  clientGone(): void {
    this.control?.abort();
  }

  drained(): void {
    this.control?.resume();
  }

  onHead(status: number, _statusText: string, headers: readonly string[]): void {
    this.#status = status;
    if (this.#call.log) logEndpointResponse(this.#call, status, headers, undefined);
    if (status !== 200) this.#refuse(notInvokable);
  }

  onData(chunk: Buffer): boolean {
    if (this.#isSettled) return true;
    let goOn = true;
    try {
      for (const { type, body } of this.#frames.take(chunk)) {
        if (type === "PayloadChunk") goOn = this.#takePayload(body) && goOn;
        else if (type === "InvokeComplete") this.#complete(body);
        if (this.#isSettled) return true;
      }
    } catch {
      this.#fail();
    }
    return goOn;
  }

  #takePayload(body: Buffer): boolean {
    if (!this.#metadata) return this.#write(body);
    this.#metadata = Buffer.concat([this.#metadata, body]);
    const at = this.#metadata.indexOf(DELIMITER);
    if (at < 0) {
      if (this.#metadata.length > METADATA_MAX_BYTES) this.#fail();
      return true;
    }
    const head = headOfMetadata(this.#metadata.subarray(0, at));
    const rest = this.#metadata.subarray(at + DELIMITER.length);
    if (!head) {
      this.#fail();
      return true;
    }
    this.#metadata = undefined;
    const call = this.#call;
    call.isStreamed = true;
    call.meters?.head(head.headers);
    call.exchange.start(head.status, "", call.form.finishHead(call, [...head.headers]), undefined);
    return this.#write(rest);
  }

  /** A piece of the body; false asks to wait. */
  #write(body: Buffer): boolean {
    this.#call.meters?.add(body);
    return body.length === 0 || this.#call.exchange.write(body);
  }

  /** A function that failed on the way says so at its end. */
  #complete(body: Buffer): void {
    const { ErrorCode: error } = JSON.parse(body.toString("utf8") || "{}") as { readonly ErrorCode?: string };
    if (error !== undefined && error !== null) this.#fail();
    else this.#isComplete = true;
  }

  onEnd(): void {
    if (this.#isSettled) return;
    if (this.#metadata || !this.#isComplete) return this.#fail();
    this.#call.endIntegration(performance.now(), this.#status);
    this.#isSettled = true;
    this.#call.exchange.end();
    this.#settle(undefined);
  }

  /** A response that has begun is cut, another is 502. */
  #fail(): void {
    this.#call.log?.fail("Execution failed due to configuration error: Malformed Lambda proxy response");
    this.#refuse(malformedProxyReply);
  }

  #refuse(reply: Reply): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#call.endIntegration(performance.now(), reply.status);
    this.control?.abort();
    const isLate = !this.#metadata && !this.#call.exchange.retract();
    if (isLate) this.#call.exchange.destroy();
    this.#settle(isLate ? undefined : reply);
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#isSettled) return;
    logFailure(this.#call, failure);
    this.#refuse(failureReply[failure]);
  }
}
