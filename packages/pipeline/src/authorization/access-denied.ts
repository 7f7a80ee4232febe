import type { Decision } from "@tollgate/iam";
import type { Call } from "../call/call.ts";
import { deny } from "../call/errors.ts";
import type { Reply } from "../call/reply.ts";
import { methodArn } from "./policy-request.ts";

/** An ARN that shows only the last four digits of its account. */
const masked = (arn: string) =>
  arn.replace(
    /^((?:[^:]*:){4})\d{8}(\d{4}):/,
    (_all, head: string, last: string) => `${head}********${last}:`,
  );

const suffix = (decision: Decision) => (decision === "deny" ? " with an explicit deny" : "");

/** deniedToCaller is the reply to a caller, known or anonymous, whom IAM or the API's policy does not allow. */
export function deniedToCaller(call: Call, decision: Decision, action = "execute-api:Invoke"): Reply {
  const who = call.identity?.arn ?? "anonymous";
  return deny("ACCESS_DENIED", {
    message: `User: ${who} is not authorized to perform: ${action} on resource: ${masked(methodArn(call))}${suffix(decision)}`,
  });
}

const silent = deny("ACCESS_DENIED");
const explicit = deny("ACCESS_DENIED", {
  message: "User is not authorized to access this resource with an explicit deny",
});

/** deniedByAuthorizer is the reply where a Lambda authorizer's policy does not allow a caller. */
export const deniedByAuthorizer = (decision: Decision): Reply => (decision === "deny" ? explicit : silent);
