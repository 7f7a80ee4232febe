import { type Problem, problemAt } from "@tollgate/config/runtime";
import type { RouteContext } from "../call/route-context.ts";
import { facts } from "../engine/facts.ts";
import type { UpstreamTls } from "./transport.ts";
import { replaceStageVariables } from "./upstream-uri.ts";

/** Where a request really goes, and the Host that it shows where that is another one. */
export interface Endpoint {
  readonly origin: string;
  readonly host: string | undefined;
  readonly tls: UpstreamTls | undefined;
}

/** EndpointOf finds the endpoint of a URI's origin; undefined: it cannot be reached. */
export type EndpointOf = (origin: string) => Endpoint | undefined;

function tlsOf(
  insecure: boolean,
  serverName: string | undefined,
  clientCertificateId: string | undefined,
): UpstreamTls | undefined {
  if (!insecure && serverName === undefined && clientCertificateId === undefined) return undefined;
  return {
    key: `${insecure ? "insecure" : ""} ${serverName ?? ""} ${clientCertificateId ?? ""}`,
    insecureSkipVerification: insecure,
    serverName,
    clientCertificateId,
  };
}

/** Connection is how an integration says that its upstream is reached. */
interface Connection {
  readonly connectionType: "INTERNET" | "VPC_LINK";
  readonly connectionId?: string | undefined;
  readonly tlsConfig?:
    | {
        readonly insecureSkipVerification?: boolean | undefined;
        /** Name that a certificate behind a VPC link is verified against; absent: that of the URI. */
        readonly serverNameToVerify?: string | undefined;
      }
    | undefined;
  /** Shown to the upstream; absent: none. */
  readonly clientCertificateId?: string | undefined;
  /** ARN of what is called through a VPC link into subnets. */
  readonly integrationTarget?: string | undefined;
  /** ARN of a listener behind a VPC link, instead of a URI with a host. */
  readonly listener?: string | undefined;
}

/** compileEndpoint decides how an HTTP integration reaches its upstream: by its URI's own host, or through the targets of a VPC link. */
export function compileEndpoint(
  { connectionType, connectionId, tlsConfig, clientCertificateId, integrationTarget, listener }: Connection,
  context: RouteContext,
  at: string,
): { ok: true; endpointOf: EndpointOf } | { ok: false; problems: readonly Problem[] } {
  const insecure = tlsConfig?.insecureSkipVerification ?? false;
  if (connectionType === "INTERNET") {
    const tls = tlsOf(insecure, undefined, clientCertificateId);
    if (tls) return { ok: true, endpointOf: (origin) => ({ origin, host: undefined, tls }) };
    // One endpoint object an origin: most integrations have one origin.
    let last: Endpoint | undefined;
    return {
      ok: true,
      endpointOf: (origin) =>
        last?.origin === origin ? last : (last = { origin, host: undefined, tls: undefined }),
    };
  }
  if (connectionId === undefined)
    return {
      ok: false,
      problems: [problemAt(`${at}.connectionId`, facts.VPC_LINK_REQUIRED())],
    };
  const id = replaceStageVariables(connectionId, context.stageVariables);
  const behind = listener ?? integrationTarget;
  const named = behind === undefined ? undefined : context.privateTarget(behind);
  let next = 0;
  return {
    ok: true,
    endpointOf: (origin) => {
      const targets = context.vpcLink(id);
      if (!targets) return undefined;
      const target = targets.length === 0 ? named : (targets[next++ % targets.length] as string);
      if (target === undefined) return undefined;
      const { host, hostname } = new URL(listener === undefined ? origin : target);
      const serverName = tlsConfig?.serverNameToVerify ?? hostname;
      return { origin: target, host, tls: tlsOf(insecure, serverName, clientCertificateId) };
    },
  };
}
