import { mockStatusCode } from "@tollgate/mapping";
import { deny, Refused } from "../../call/errors.ts";
import type { Reply } from "../../call/reply.ts";
import type { BuildOutcome } from "../../engine/build-outcome.ts";
import { andThen } from "../../engine/late.ts";
import { payloadText } from "../../values/payload.ts";
import { compileRequestMapping } from "../mapping/request-mapping.ts";
import { compileResponses } from "../mapping/responses.ts";
import type { BuildInput } from "./build-input.ts";

const noStatus = deny("DEFAULT_5XX");
const empty: Reply = { status: 200, headers: [], body: undefined };
const OK = 200;

/** Whether a response can end with a status: no other decides a handshake. */
const isFinal = (status: number): boolean => status >= OK && status <= 599;

/** mock replies without an upstream: its request template renders {"statusCode": n}, which selects the integration response. */
export function mock(input: BuildInput): BuildOutcome {
  const { requestTemplates, integrationResponses } = input.integration;
  // With neither, it is a reply without content.
  if (Object.keys(requestTemplates).length + Object.keys(integrationResponses).length === 0)
    return { ok: true, integrate: () => empty };
  const request = compileRequestMapping(input);
  const responses = compileResponses(input);
  if (!request.ok || !responses.ok)
    return {
      ok: false,
      problems: [...(request.ok ? [] : request.problems), ...(responses.ok ? [] : responses.problems)],
    };
  return {
    ok: true,
    integrate: (call) =>
      andThen(request.map(call), ({ body, templated }) => {
        const status = templated ? mockStatusCode(payloadText(body)) : OK;
        if (status !== undefined && (input.role !== "connect" || isFinal(status)))
          return responses.map(call, {
            selectionValue: String(status),
            status,
            headers: [],
            body: undefined,
          });
        call.log?.fail("Execution failed due to configuration error: Unable to parse statusCode.");
        throw new Refused(noStatus, "the template gives no status");
      }),
  };
}
