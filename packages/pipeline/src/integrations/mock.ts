import { mockStatusCode } from "@tollgate/mapping";
import { deny } from "../errors.ts";
import type { BuildInput, BuildOutcome, IntegrationOf } from "./registry.ts";
import { compileRequestTemplates } from "./request-template.ts";
import { compileResponses } from "./responses.ts";

const noStatus = deny("DEFAULT_5XX");
const noResponse = deny("API_CONFIGURATION_ERROR");
const noHeaders = () => [];

/** mock answers without an upstream: its request template renders {"statusCode": n}, which selects the integration response. */
export function mock({ integration, context, at }: BuildInput<IntegrationOf<"MOCK">>): BuildOutcome {
  const templates = compileRequestTemplates(integration, at);
  const responses = compileResponses(integration.integrationResponses, context, at);
  if (!templates.ok || !responses.ok)
    return {
      ok: false,
      problems: [...(templates.ok ? [] : templates.problems), ...(responses.ok ? [] : responses.problems)],
    };
  const { choose } = templates;
  const { map } = responses;
  return {
    ok: true,
    integrate: (call) => {
      const choice = choose(call.contentType);
      if (choice && "refusal" in choice) return choice.refusal;
      const status = choice && mockStatusCode(choice.text);
      if (status === undefined) return noStatus;
      return map(call, { selectionValue: String(status), header: noHeaders, body: undefined }) ?? noResponse;
    },
  };
}
