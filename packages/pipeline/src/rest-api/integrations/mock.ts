import { mockStatusCode } from "@tollgate/mapping";
import type { Integrate } from "../../call/call.ts";
import { deny, Refused } from "../../call/errors.ts";
import type { BuildOutcome } from "../../engine/build-outcome.ts";
import { compileRequestMapping } from "../mapping/request-mapping.ts";
import { compileResponses } from "../mapping/responses.ts";
import type { BuildInput, IntegrationOf } from "./build-input.ts";
import { constantReplies } from "./constant-replies.ts";

const noStatus = deny("DEFAULT_5XX");
const noHeaders = () => [];

/** mock replies without an upstream: its request template renders {"statusCode": n}, which selects the integration response. */
export function mock({ integration, context, ports, at }: BuildInput<IntegrationOf<"MOCK">>): BuildOutcome {
  const request = compileRequestMapping(integration, context, ports);
  const responses = compileResponses(integration.integrationResponses, context, ports, at);
  if (!responses.ok) return responses;
  const make: Integrate = async (call) => {
    const { body, values, templated } = await request.map(call);
    const status = templated ? mockStatusCode(String(body)) : undefined;
    if (status === undefined) {
      call.log?.fail(
        "Execution failed due to configuration error: Unable to parse statusCode. It should be an integer that is defined in the request template.",
      );
      throw new Refused(noStatus, "the template gives no status");
    }
    return responses.map(
      call,
      { selectionValue: String(status), status, header: noHeaders, contentType: "", body: undefined },
      values,
    );
  };
  return { ok: true, integrate: constantReplies(integration, context, make) };
}
