import type { BuildOutcome } from "../../engine/build-outcome.ts";
import { compileRequestMapping } from "../mapping/request-mapping.ts";
import { compileResponses } from "../mapping/responses.ts";
import type { BuildInput } from "./build-input.ts";
import { compileTarget } from "./http-target.ts";
import { missingUri } from "./missing-uri.ts";

/** http calls an upstream with what is mapped, and maps what comes back. */
export function http(input: BuildInput): BuildOutcome {
  const { integration, at } = input;
  if (integration.integrationUri === undefined) return missingUri(integration, at);
  const target = compileTarget(input, integration.integrationUri);
  const request = compileRequestMapping(input, target.ok ? target.reads : []);
  const responses = compileResponses(input);
  if (!request.ok || !responses.ok || !target.ok)
    return {
      ok: false,
      problems: [request, responses, target].flatMap((part) => (part.ok ? [] : part.problems)),
    };
  return {
    ok: true,
    integrate: async (call) => {
      const { values, body: sent } = await request.map(call);
      const { status, headers, body } = await target.send(values, sent);
      return responses.map(call, { selectionValue: String(status), status, headers, body });
    },
  };
}
