import { Readable } from "node:stream";
import type { Exchange, ResponseSource } from "./exchange.ts";

/** ExchangedResponse is what a call got, once it is complete. */
export interface ExchangedResponse {
  readonly status: number;
  /** Names and values alternate. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** WholeExchange is the client's side of a call that nobody sent: its body is given, its response is kept. */
export class WholeExchange implements Exchange {
  source: ResponseSource | undefined = undefined;
  readonly body: Readable;
  readonly response: Promise<ExchangedResponse>;
  readonly #settle: (response: ExchangedResponse) => void;
  #status = 0;
  #headers: readonly string[] = [];
  #chunks: Buffer[] = [];

  constructor(body: Buffer) {
    this.body = Readable.from(body.length === 0 ? [] : [body]);
    const { promise, resolve } = Promise.withResolvers<ExchangedResponse>();
    this.response = promise;
    this.#settle = resolve;
  }

  reply(status: number, headers: string[], body: Buffer | string | undefined): void {
    this.start(status, "", headers);
    if (body !== undefined) this.write(Buffer.from(body));
    this.end();
  }

  start(status: number, _statusText: string, headers: string[]): void {
    this.#status = status;
    this.#headers = headers;
  }

  write(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    return true;
  }

  end(): void {
    this.#settle({ status: this.#status, headers: this.#headers, body: Buffer.concat(this.#chunks) });
  }

  retract(): boolean {
    this.#chunks = [];
    return true;
  }

  hold(): boolean {
    return true;
  }

  /** The response broke off: what came of it is what the caller gets to see. */
  destroy(): void {
    this.end();
  }
}
