import type { RequestHead } from "@tollgate/http1";
import type { ClientRequest } from "../client-stream.ts";
import { RequestBody } from "./request-body.ts";

const nothing = () => undefined;

/** Http1Request is a request of HTTP/1.1 whose head has arrived. */
export class Http1Request implements ClientRequest {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: string[];
  readonly httpVersion: string;
  readonly socket: ClientRequest["socket"];
  complete = true;
  #body: RequestBody | undefined = undefined;

  constructor({ method, target, headers, version }: RequestHead, socket: ClientRequest["socket"]) {
    this.method = method;
    this.url = target;
    this.rawHeaders = headers;
    this.httpVersion = version;
    this.socket = socket;
  }

  get body(): RequestBody {
    if (this.#body) return this.#body;
    this.#body = new RequestBody(nothing);
    this.#body.end();
    return this.#body;
  }

  /** expectBody: it has one, which is still to come. */
  expectBody(goOn: () => void): void {
    this.complete = false;
    this.#body = new RequestBody(goOn);
  }

  /** receive takes a piece of the body; false: more has to wait. */
  receive(bytes: Buffer, from: number, to: number): boolean {
    return this.#body?.receive(bytes, from, to) ?? true;
  }

  /** Where at most so many of the bytes that are missing may be read to; undefined: it does not matter. */
  room(missingBytes: number): Buffer | undefined {
    return this.#body?.room(missingBytes);
  }

  /** received: that was all of it. */
  received(): void {
    this.complete = true;
    this.#body?.end();
  }

  /** abort: its client has left. */
  abort(): void {
    if (!this.complete) this.#body?.abort();
  }
}
