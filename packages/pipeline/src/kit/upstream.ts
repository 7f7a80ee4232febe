import {
  type Transport,
  type UpstreamFailure,
  type UpstreamRequest,
  wholeBody,
} from "../upstream/transport.ts";

/** SentRequest is what an upstream was asked. */
export interface SentRequest {
  readonly method: string;
  /** Origin, path and query. */
  readonly url: string;
  /** By lower-case name; repeated ones are joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly request: UpstreamRequest;
}

/** UpstreamResponse is what an upstream responds; what is left out is 200, no headers and no body. */
export interface UpstreamResponse {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
}

/** Upstream is a script: what is responded to a request, or how it fails. */
export type Upstream = (request: SentRequest) => UpstreamResponse | UpstreamFailure;

/** alternating puts headers in the form in which names and values alternate. */
export const alternating = (headers: Readonly<Record<string, string | readonly string[]>> = {}): string[] =>
  Object.entries(headers).flatMap(([name, values]) => [values].flat().flatMap((value) => [name, value]));

/** byName joins alternating headers by their lower-case names. */
export function byName(headers: readonly string[]): Record<string, string> {
  const map: Record<string, string> = {};
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    map[name] = name in map ? `${map[name]}, ${headers[i + 1]}` : (headers[i + 1] as string);
  }
  return map;
}

/** scripted is a transport whose upstreams follow a script; `sent` records what they were asked. */
export function scripted(upstream: Upstream, sent: SentRequest[]): Transport {
  return {
    send(request, handler) {
      const respond = () => {
        const { method, origin, path, headers } = request;
        const asked = {
          method,
          url: origin + path,
          headers: byName(headers),
          body: wholeBody(request.body)?.toString("utf8") ?? "",
          request,
        };
        sent.push(asked);
        const response = upstream(asked);
        if (typeof response === "string") {
          handler.onFailure(response, new Error(response));
          return;
        }
        const { status = 200, body = "" } = response;
        handler.onHead(status, "", alternating(response.headers));
        if (body.length > 0) handler.onData(Buffer.from(body));
        handler.onEnd();
      };
      queueMicrotask(respond);
      return { resume: () => undefined, abort: () => undefined };
    },
  };
}

/** FUNCTION_ARN names the function that `lambda` scripts. */
export const FUNCTION_ARN = "arn:aws:lambda:us-east-1:000000000000:function:f";
/** FUNCTION_URI is how integrations and authorizers of REST APIs name it. */
export const FUNCTION_URI = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FUNCTION_ARN}/invocations`;

/** lambda scripts Lambda: the function is given the event, and what it returns is responded as JSON; what it throws as Lambda does. */
export const lambda =
  (handler: (event: never) => unknown): Upstream =>
  ({ body }) => {
    try {
      return { body: JSON.stringify(handler(JSON.parse(body) as never)) };
    } catch (error) {
      const errorMessage = (error as Error).message;
      return {
        headers: { "X-Amz-Function-Error": "Unhandled" },
        body: JSON.stringify({ errorMessage, errorType: "Error" }),
      };
    }
  };
