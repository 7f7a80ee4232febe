import { GrowingBytes } from "../call/growing-bytes.ts";
import type { Transport, UpstreamControl, UpstreamFailure, UpstreamRequest } from "./transport.ts";

export interface WholeResponse {
  readonly status: number;
  /** Names and values alternate. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** headerOf finds the values of a header by its exact name, as AWS's mappings do. */
export const headerOf =
  (headers: readonly string[]) =>
  (name: string): readonly string[] =>
    headers.filter((_value, i) => i % 2 === 1 && headers[i - 1] === name);

/** AWS's limit of the response of an integration. */
export const INTEGRATION_RESPONSE_MAX_BYTES = 10 * 1024 * 1024;

/** WholeFailure is why there is no whole response. */
export type WholeFailure = UpstreamFailure | "too-large" | "no-room";

/**
 * fetchWhole sends a request and keeps its whole response, up to a limit. `hold` says whether there is room for more of it;
 * `began` gets what the request can be aborted with.
 */
export function fetchWhole(
  transport: Transport,
  request: UpstreamRequest,
  maxBytes: number,
  hold: (bytes: number) => boolean = () => true,
  began?: (control: UpstreamControl) => void,
): Promise<WholeResponse | WholeFailure> {
  return new Promise((resolve) => {
    let status = 0;
    let headers: readonly string[] = [];
    const read = new GrowingBytes(maxBytes);
    const control = transport.send(request, {
      onHead(givenStatus, _statusText, givenHeaders) {
        status = givenStatus;
        headers = givenHeaders;
      },
      onData(chunk) {
        const isTooLarge = read.sizeBytes + chunk.length > maxBytes;
        if (!isTooLarge && hold(read.capacityWith(chunk.length) - read.capacityBytes)) read.add(chunk);
        else {
          resolve(isTooLarge ? "too-large" : "no-room");
          control.abort();
        }
        return true;
      },
      onEnd: () => resolve({ status, headers, body: read.bytes }),
      onFailure: (failure) => resolve(failure),
    });
    began?.(control);
  });
}
