import type { Call } from "../call.ts";
import { deny } from "../errors.ts";
import type { UpstreamFailure } from "../ports.ts";
import type { Reply } from "../reply.ts";

/** failureReply is the gateway response for an upstream that gave no answer. */
export const failureReply: Readonly<Record<UpstreamFailure, Reply>> = {
  timeout: deny("INTEGRATION_TIMEOUT"),
  connect: deny("API_CONFIGURATION_ERROR"),
  network: deny("INTEGRATION_FAILURE"),
};

const texts: Readonly<Record<UpstreamFailure, string>> = {
  timeout: "Execution failed due to a timeout error",
  connect: "Execution failed due to configuration error: Invalid endpoint address",
  network: "Execution failed due to a network error communicating with endpoint",
};

export const logFailure = (call: Call, failure: UpstreamFailure): void => call.log?.fail(texts[failure]);
