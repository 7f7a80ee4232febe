import type { RequestStream } from "@tollgate/pipeline";
import type { Peer } from "./peer.ts";

/** ClientRequest is a request whose head has arrived. */
export interface ClientRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Names and values alternate, as received. */
  readonly rawHeaders: string[];
  readonly httpVersion: string;
  /** All of it has arrived, read or not. */
  readonly complete: boolean;
  /** Its connection, whose other end is known from its first byte on. */
  readonly socket: object & { readonly peer?: Peer };
  /** Its body: of one that has none, a stream that ends at once. */
  readonly body: RequestStream;
}

/** ClientResponse is where its response is written. Node's ServerResponse is one. */
export interface ClientResponse {
  /** False: the connection ends after this response. */
  shouldKeepAlive: boolean;
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  /** Bytes that wait for the client. */
  readonly writableLength: number;
  readonly writableNeedDrain: boolean;
  /** Asks a client that waits for it to send its body. */
  writeContinue(): void;
  /** Names and values of headers alternate. */
  writeHead(status: number, headers: string[]): unknown;
  writeHead(status: number, statusText: string, headers: string[]): unknown;
  write(chunk: Buffer): boolean;
  end(): unknown;
  end(chunk: Buffer | string | undefined): unknown;
  end(text: string, encoding: "latin1"): unknown;
  destroy(): unknown;
  /** "close": its last byte is with the kernel, or the client is gone. */
  on(event: "close" | "drain", listener: () => void): unknown;
}
