import type { Call } from "../call/call.ts";
import type { Reply } from "../call/reply.ts";
import type { RouteContext } from "../call/route-context.ts";
import { andThen, type Late } from "../engine/late.ts";
import type { Ports } from "../engine/ports.ts";
import { AwsService, isCallerRole } from "./aws-service.ts";
import type { WholeResponse } from "./fetch-whole.ts";
import type { UpstreamRequest } from "./transport.ts";
import { replaceStageVariables } from "./upstream-uri.ts";

const LAMBDA_URI =
  /^arn:aws[a-z-]*:apigateway:([a-z0-9-]+):lambda:path\/\s*(2015-03-31|2021-11-15)\/functions\/(.+)\/((?:response-streaming-)?invocations)$/;

/** Invocation is a request to Lambda. */
export type Invocation = UpstreamRequest & { readonly body: Buffer; readonly uri: string };

/** Invoked is what came of an invocation: what the function returned or threw, or that Lambda did not invoke it. */
export type Invoked =
  | { readonly kind: "returned" | "threw"; readonly output: Buffer }
  | { readonly kind: "refused"; readonly status: number };

/** LambdaFunction is a function that a URI names, ready to be invoked by Lambda's API: Invoke, or InvokeWithResponseStream where the URI says so. */
export class LambdaFunction {
  /** What tells it from other functions: where and as whom it is invoked. */
  readonly place: readonly unknown[];
  /** It is invoked with the credentials of each caller, who may not all be allowed to. */
  readonly isInvokedAsCaller: boolean;
  readonly #service: AwsService;
  readonly #path: string;
  readonly #uri: string;

  private constructor(service: AwsService, path: string, uri: string, role: string | undefined) {
    this.place = [service.endpoint, path, role];
    this.isInvokedAsCaller = isCallerRole(role);
    this.#service = service;
    this.#path = path;
    this.#uri = uri;
  }

  /** of finds the function of a URI; undefined: a stage variable of it is missing, or no endpoint of Lambda is known. */
  static of(
    uri: string,
    credentials: string | undefined,
    context: RouteContext,
    ports: Ports,
  ): LambdaFunction | undefined {
    const [, region = "", version = "", name = "", operation = ""] =
      LAMBDA_URI.exec(replaceStageVariables(uri, context.stageVariables)) ?? [];
    const endpoint = name === "" ? undefined : context.serviceEndpoint("lambda", region);
    if (!endpoint) return undefined;
    const role = credentials && replaceStageVariables(credentials, context.stageVariables);
    const service = new AwsService(
      { service: "lambda", region, subdomain: "", role },
      endpoint,
      context,
      ports,
    );
    const pathOf = (function_: string) => `/${version}/functions/${function_}/${operation}`;
    return new LambdaFunction(service, pathOf(encodeURIComponent(name)), service.uriOf(pathOf(name)), role);
  }

  /** request is a synchronous invocation with an event. A promise: credentials must be fetched. */
  request(call: Call, event: Buffer, timeoutMs: number): Late<Invocation> {
    this.#service.begin(call);
    const headers = ["Content-Type", "application/json", "X-Amz-Invocation-Type", "RequestResponse"];
    headers.push("X-Amzn-Trace-Id", call.traceHeader());
    const unsigned = { method: "POST", path: this.#path, query: "", headers, body: event };
    return andThen(this.#service.sign(call, unsigned), ({ origin, path, headers: all, isServiceCall }) => ({
      origin,
      path,
      headers: all,
      isServiceCall,
      uri: this.#uri,
      method: "POST",
      body: event,
      timeoutMs,
      tls: undefined,
    }));
  }

  /** invoke sends an invocation by `send` and says what came of it. A string that `send` gives, why there is no response, is passed on. */
  async invoke<R extends WholeResponse | string>(
    call: Call,
    event: Buffer,
    timeoutMs: number,
    send: (request: Invocation) => Promise<R>,
  ): Promise<Invoked | Extract<R, string>> {
    const response = await send(await this.request(call, event, timeoutMs));
    return typeof response === "string" ? (response as Extract<R, string>) : invokedBy(response);
  }
}

/** errorMessageOf is the error message in what a function returned or threw; empty: there is none. */
export function errorMessageOf(output: Buffer): string {
  // Most output has no such member: it need not be read to know that.
  if (!output.includes('"errorMessage"')) return "";
  try {
    const value: unknown = JSON.parse(output.toString("utf8"));
    return typeof value === "object" && value !== null && "errorMessage" in value
      ? String(value.errorMessage)
      : "";
  } catch {
    return "";
  }
}

/** noteFunction keeps what a function made of a call, for its logs: the status of the reply that it returned, or why it failed. */
export function noteFunction(call: Call, invoked: Invoked | string, reply: Reply | undefined): void {
  if (typeof invoked !== "string" && invoked.kind === "threw")
    call.endpointError = errorMessageOf(invoked.output);
  if (reply && !reply.refusal) call.functionStatus = reply.status;
}

/** What a response of Lambda says of an invocation. */
function invokedBy({ status, headers, body }: WholeResponse): Invoked {
  if (status !== 200) return { kind: "refused", status };
  const hasThrown = headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === "x-amz-function-error");
  return { kind: hasThrown ? "threw" : "returned", output: body };
}
