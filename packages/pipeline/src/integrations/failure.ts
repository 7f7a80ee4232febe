import { deny } from "../errors.ts";
import type { UpstreamFailure } from "../ports.ts";
import type { Reply } from "../reply.ts";

/** failureReply is the gateway response for an upstream that gave no answer. */
export const failureReply: Readonly<Record<UpstreamFailure, Reply>> = {
  timeout: deny("INTEGRATION_TIMEOUT"),
  connect: deny("API_CONFIGURATION_ERROR"),
  network: deny("INTEGRATION_FAILURE"),
};
