import type { Call } from "../call/call.ts";
import { deny, Refused } from "../call/errors.ts";
import type { Ports } from "../engine/ports.ts";
import { cacheKey } from "../runtime/cache-scope.ts";
import { fetchWhole, headerOf } from "../upstream/fetch-whole.ts";
import type { LambdaFunction } from "../upstream/lambda-function.ts";
import type { AuthorizerResult } from "./identity.ts";

/** AWS's limit of a Lambda authorizer's response. */
const TIMEOUT_MS = 10_000;
/** Lambda's limit of what a function returns to a synchronous invocation: 6 MB. */
const RESPONSE_MAX_BYTES = 6 * 1024 * 1024;

const unauthorized = deny("UNAUTHORIZED");
const failed = deny("AUTHORIZER_FAILURE");
const misconfigured = deny("AUTHORIZER_CONFIGURATION_ERROR");

/** LambdaAuthorizer is a function that says who may call. */
export interface LambdaAuthorizer {
  /** undefined: its endpoint is not known. */
  readonly lambda: LambdaFunction | undefined;
  /** Tells its results from those of other authorizers, and from those that it had with another config (`cacheScope`). */
  readonly scope: string;
  /** How long a result is kept; 0: it is not. */
  readonly ttlMs: number;
  /** Reads what the function returned; a string says what is wrong with it. */
  readonly parse: (output: string) => AuthorizerResult | string;
}

/**
 * AskAuthorizer is the result for callers who identify by `identity`, which is all that the function is shown of their identity sources;
 * the function is given `event` where no result is kept.
 */
export type AskAuthorizer = (
  call: Call,
  identity: readonly unknown[],
  event: () => string,
) => AuthorizerResult | Promise<AuthorizerResult>;

/** askAuthorizer asks a function and keeps its results for their time. Whatever goes wrong refuses the call. */
export function askAuthorizer(authorizer: LambdaAuthorizer, ports: Ports): AskAuthorizer {
  const { scope, ttlMs } = authorizer;
  const { authorizerResults } = ports.state;
  if (ttlMs === 0 || authorizer.lambda?.isInvokedAsCaller)
    return (call, _identity, event) => ask(call, authorizer, event(), ports);
  return (call, identity, event) =>
    authorizerResults.remembered(
      cacheKey(scope, identity),
      () => ttlMs,
      () => ask(call, authorizer, event(), ports),
    );
}

async function ask(
  call: Call,
  { lambda, parse }: LambdaAuthorizer,
  event: string,
  { transport }: Ports,
): Promise<AuthorizerResult> {
  if (!lambda) return refuse(call, misconfigured, "the function's endpoint is not known");
  const step = call.traced?.begin("authorizer", performance.now());
  const invoked = await lambda.invoke(call, Buffer.from(event), TIMEOUT_MS, async (request) => {
    const startMs = performance.now();
    call.traced?.sends(request);
    const response = await fetchWhole(transport, request, RESPONSE_MAX_BYTES, (bytes) =>
      call.exchange.hold(bytes),
    );
    call.authorizerMs = performance.now() - startMs;
    if (step) call.traced?.end(step, performance.now(), typeof response === "string" ? 504 : response.status);
    if (typeof response !== "string") {
      call.authorizerStatus = response.status;
      call.authorizerRequestId = headerOf(response.headers)("x-amzn-RequestId")[0] ?? "";
    }
    return response;
  });
  if (typeof invoked === "string") return refuse(call, failed, `no response: ${invoked}`);
  if (invoked.kind === "refused")
    return refuse(call, misconfigured, `Lambda responded with status ${invoked.status}`);
  if (invoked.kind === "threw") {
    const message = thrownBy(invoked.output);
    if (message === "Unauthorized") throw new Refused(unauthorized, "the authorizer said Unauthorized");
    return refuse(call, failed, `the function threw: ${message ?? "something without a message"}`);
  }
  const result = parse(invoked.output.toString("utf8"));
  return typeof result === "string" ? refuse(call, misconfigured, result) : result;
}

/** errorMessage of a function that threw. */
function thrownBy(output: Buffer): string | undefined {
  try {
    return (JSON.parse(output.toString("utf8")) as { errorMessage?: string } | null)?.errorMessage;
  } catch {
    return undefined;
  }
}

function refuse(call: Call, reply: typeof failed, why: string): never {
  call.log?.fail(`Execution failed due to configuration error: Authorizer error: ${why}`);
  throw new Refused(reply, why);
}
