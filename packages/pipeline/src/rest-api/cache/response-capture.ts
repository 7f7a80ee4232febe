import { type CachedResponse, ENTRY_MAX_BYTES } from "../../runtime/response-cache.ts";
import type { ResponseCopy } from "../../upstream/response-relay.ts";

/** ResponseCapture keeps a copy of a response that streams by, unless it is larger than what is cached. */
export class ResponseCapture implements ResponseCopy {
  #status = 0;
  #headers: readonly string[] = [];
  #chunks: Buffer[] | undefined = [];
  #sizeBytes = 0;

  head(status: number, headers: readonly string[]): void {
    this.#status = status;
    this.#headers = headers;
  }

  /** A piece of the body as it is before compression. */
  add(chunk: Buffer): void {
    if (!this.#chunks) return;
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes > ENTRY_MAX_BYTES) this.#chunks = undefined;
    else this.#chunks.push(chunk);
  }

  #complete = false;

  /** The response is complete. */
  end(): void {
    this.#complete = true;
  }

  /** response is the copy; undefined: it broke off, or is too large. */
  get response(): CachedResponse | undefined {
    if (!this.#complete || !this.#chunks) return undefined;
    return { status: this.#status, headers: this.#headers, body: Buffer.concat(this.#chunks) };
  }
}
