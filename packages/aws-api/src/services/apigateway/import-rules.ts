import type { Manifest } from "@tollgate/config";
import { type ImportOutcome, partOf } from "@tollgate/openapi";
import { type DraftedMethod, wrongMappings, wrongMethod, wrongParameters } from "./method-rules.ts";
import { wrongReferences } from "./model-rules.ts";

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

const schemaOf = ({ kind, spec }: Manifest) =>
  kind === "Model" ? (spec as { readonly schema: string }).schema : undefined;

/** What calls refuse of an entity of a definition, with the members that it is about. */
function* refusedOf(manifest: Manifest): Generator<readonly [string | undefined, readonly string[]]> {
  for (const [verb, method] of methodsOf(manifest))
    for (const [sentence, at] of wrongIn(method)) yield [sentence, ["methods", verb, ...at]];
  const schema = schemaOf(manifest);
  if (schema !== undefined) yield [wrongReferences(schema), []];
}

/** checkAsCalls reports what AWS refuses of a definition as it refuses it of the calls that make its parts. */
export function checkAsCalls({ manifests, report }: ImportOutcome): void {
  for (const manifest of manifests)
    for (const [sentence, member] of refusedOf(manifest))
      if (sentence !== undefined)
        report("error", manifest, member, sentence, { onAws: sentence, part: partOf(manifest, member) });
}
