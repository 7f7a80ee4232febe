import type { Call } from "../call/call.ts";
import { deny, serviceUnavailable } from "../call/errors.ts";
import type { Reply } from "../call/reply.ts";
import type { WholeFailure } from "./fetch-whole.ts";

/** failureReply is the gateway response for an upstream that gave no response. */
export const failureReply: Readonly<Record<WholeFailure, Reply>> = {
  timeout: deny("INTEGRATION_TIMEOUT"),
  // An object of its own: an HTTP API distinguishes it from errors in the configuration.
  connect: deny("API_CONFIGURATION_ERROR", {}),
  network: deny("INTEGRATION_FAILURE"),
  "too-large": deny("DEFAULT_5XX"),
  "no-room": serviceUnavailable,
};

/** failureText is what happened, in the words of AWS's execution log. */
export const failureText: Readonly<Record<WholeFailure, string>> = {
  timeout: "Execution failed due to a timeout error",
  connect: "Execution failed due to configuration error: Invalid endpoint address",
  network: "Execution failed due to a network error communicating with endpoint",
  "too-large": "Execution failed due to configuration error: Integration response too large",
  "no-room": "Execution failed: the gateway has no memory for the response",
};

export const logFailure = (call: Call, failure: WholeFailure): void => call.log?.fail(failureText[failure]);
