import type { Manifest } from "@tollgate/config";
import { type ImportOutcome, partOf } from "@tollgate/openapi";
import { type DraftedMethod, wrongMappings, wrongMethod, wrongParameters } from "./method-rules.ts";

interface ImportedMethod extends DraftedMethod {
  readonly integration?: {
    readonly type?: string;
    readonly httpMethod?: string;
    readonly integrationResponses?: Readonly<
      Record<string, { readonly responseParameters?: Readonly<Record<string, unknown>> }>
    >;
  };
}

/** The sentences for a method, with the members that they are about. */
function* wrongIn(method: ImportedMethod): Generator<readonly [string | undefined, readonly string[]]> {
  yield [wrongParameters(method), ["requestParameters"]];
  const { integration } = method;
  if (!integration) return;
  yield [wrongMethod(integration), ["integration"]];
  for (const [status, response] of Object.entries(integration.integrationResponses ?? {}))
    yield [wrongMappings(method, status, response), ["integration", "integrationResponses", status]];
}

const methodsOf = ({ kind, spec }: Manifest) =>
  kind === "Resource" ? Object.entries((spec as { methods: Record<string, ImportedMethod> }).methods) : [];

/** checkMethods reports what AWS refuses of a definition as it refuses it of the calls that make methods and their parts. */
export function checkMethods({ manifests, report }: ImportOutcome): void {
  for (const manifest of manifests)
    for (const [verb, method] of methodsOf(manifest))
      for (const [sentence, at] of wrongIn(method)) {
        const member = ["methods", verb, ...at];
        if (sentence !== undefined)
          report("error", manifest, member, sentence, { onAws: sentence, part: partOf(manifest, member) });
      }
}
