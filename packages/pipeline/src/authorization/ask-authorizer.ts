import type { Call } from "../call/call.ts";
import { deny, Refused } from "../call/errors.ts";
import { fetchWhole } from "../upstream/fetch-whole.ts";
import { LambdaFunction } from "../upstream/lambda-function.ts";
import type { Ports } from "../engine/ports.ts";
import type { AuthorizerResult } from "./identity.ts";

/** AWS's limit of a Lambda authorizer's answer. */
const TIMEOUT_MS = 10_000;

const unauthorized = deny("UNAUTHORIZED");
const failed = deny("AUTHORIZER_FAILURE");
const misconfigured = deny("AUTHORIZER_CONFIGURATION_ERROR");

/** errorMessage of a function that threw. */
function thrownBy(body: Buffer): string | undefined {
  try {
    return (JSON.parse(body.toString("utf8")) as { errorMessage?: string } | null)?.errorMessage;
  } catch {
    return undefined;
  }
}

function refuse(call: Call, reply: typeof failed, why: string): never {
  call.log?.fail(`Execution failed due to configuration error: Authorizer error: ${why}`);
  throw new Refused(reply, why);
}

/** askAuthorizer asks a function with an event and reads its answer by `parse`, whose text says what is wrong with it. Whatever goes wrong refuses the call. */
export async function askAuthorizer(
  call: Call,
  lambda: LambdaFunction | undefined,
  event: string,
  { transport }: Ports,
  parse: (answer: string) => AuthorizerResult | string,
): Promise<AuthorizerResult> {
  if (!lambda) return refuse(call, misconfigured, "the function's endpoint is not known");
  const request = await lambda.request(call, Buffer.from(event), TIMEOUT_MS);
  const startMs = performance.now();
  const answer = await fetchWhole(transport, request);
  call.authorizerMs = performance.now() - startMs;
  if (typeof answer === "string") return refuse(call, failed, `no answer: ${answer}`);
  if (answer.status !== 200) return refuse(call, misconfigured, `Lambda answered ${answer.status}`);
  if (LambdaFunction.hasThrown(answer)) {
    const message = thrownBy(answer.body);
    if (message === "Unauthorized") throw new Refused(unauthorized, "the authorizer said Unauthorized");
    return refuse(call, failed, `the function threw: ${message ?? "something without a message"}`);
  }
  const result = parse(answer.body.toString("utf8"));
  return typeof result === "string" ? refuse(call, misconfigured, result) : result;
}
