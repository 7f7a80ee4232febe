import { type Entity, nameOf, type Problem, problemAt, type SpecOf, TIMEOUT_MAX_MS } from "@tollgate/config";
import { facts } from "../facts.ts";
import type { AccountState } from "../mirror/mirror.ts";
import type { View } from "./view.ts";

/** How long integrations of an API may take: as the quota says, but never more than AWS's default where CloudFront would be in front. */
function mostMsOf(view: View, apiId: string): number {
  const api = view.find("RestApi", "", apiId)?.spec;
  const isEdge = api?.endpointConfiguration.types.includes("EDGE");
  const quotas = view.find("Account", "", "account")?.spec.quotas;
  return isEdge ? TIMEOUT_MAX_MS : (quotas?.integrationTimeoutInMillis ?? TIMEOUT_MAX_MS);
}

type Methods = SpecOf<"Resource">["methods"];

/** The timeout of a method's integration, unless its response is streamed. */
function timeoutOf(methods: Methods | undefined, verb: string): number {
  const integration = methods?.[verb as keyof Methods]?.integration;
  const streams =
    integration && "responseTransferMode" in integration && integration.responseTransferMode === "STREAM";
  return integration && !streams ? integration.timeoutInMillis : 0;
}

/** timeoutProblems reports integrations of a resource that may take longer than is allowed. What they had before stays when the quota is lowered. */
export function timeoutProblems(
  view: View,
  before: AccountState | undefined,
  resource: Entity<"Resource">,
): Problem[] {
  const { id, apiId, spec } = resource;
  const long = Object.keys(spec.methods).filter((verb) => timeoutOf(spec.methods, verb) > TIMEOUT_MAX_MS);
  if (long.length === 0) return [];
  const mostMs = mostMsOf(view, apiId);
  const known = before?.entities.get(nameOf(resource))?.entity as Entity<"Resource"> | undefined;
  return long
    .filter((verb) => timeoutOf(spec.methods, verb) > Math.max(mostMs, timeoutOf(known?.spec.methods, verb)))
    .map((verb) =>
      problemAt(
        `Resource/${id}.methods.${verb}.integration.timeoutInMillis`,
        facts.TIMEOUT_TOO_LONG({ mostMs }),
      ),
    );
}

/** edgeTimeoutProblems reports what keeps an API from becoming an EDGE one: its integrations that may take longer than is allowed there. */
export function edgeTimeoutProblems(view: View, { id, spec }: Entity<"RestApi">): Problem[] {
  if (!spec.endpointConfiguration.types.includes("EDGE")) return [];
  return view.list("Resource", id).flatMap((resource) => timeoutProblems(view, undefined, resource));
}
