import type { Transport, UpstreamFailure, UpstreamRequest } from "./transport.ts";

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
const RESPONSE_MAX_BYTES = 10 * 1024 * 1024;

/** WholeFailure is why there is no whole response. */
export type WholeFailure = UpstreamFailure | "too-large";

/** fetchWhole sends a request and keeps its whole response, up to the payload limit. */
export function fetchWhole(
  transport: Transport,
  request: UpstreamRequest,
): Promise<WholeResponse | WholeFailure> {
  return new Promise((resolve) => {
    let status = 0;
    let headers: readonly string[] = [];
    let sizeBytes = 0;
    const chunks: Buffer[] = [];
    const control = transport.send(request, {
      onHead(givenStatus, _statusText, givenHeaders) {
        status = givenStatus;
        headers = givenHeaders;
      },
      onData(chunk) {
        sizeBytes += chunk.length;
        if (sizeBytes <= RESPONSE_MAX_BYTES) chunks.push(chunk);
        else {
          resolve("too-large");
          control.abort();
        }
        return true;
      },
      onEnd: () =>
        resolve({
          status,
          headers,
          body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks),
        }),
      onFailure: (failure) => resolve(failure),
    });
  });
}
