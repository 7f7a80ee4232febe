import type { PeerCertificate } from "node:tls";
import { operatorOf } from "@tollgate/proto/operator";

/** EdgeAccess is how nodes of a region and edge nodes show each other who they are. Plain data: workers get it from their node. */
export interface EdgeAccess {
  /** PEM: what this node presents, with those that signed it; undefined: nothing, which only an edge node may do. */
  readonly certificate: string | undefined;
  readonly privateKey: string | undefined;
  /** PEM: who signs the certificates of the other side; undefined: those that Node knows. */
  readonly authorities: string | undefined;
  /** Whether edge nodes must present a certificate of the authorities. */
  readonly isMutual: boolean;
  /** The token of nodes, as it is sent; undefined: there is none. */
  readonly token: string | undefined;
  /** The same, and another while it is replaced: each makes whoever shows it an edge node. */
  readonly accepted: readonly string[];
}

/** edgeProblem is why a caller is no edge node; undefined: it is one. The roles are those of gRPC: a token of nodes, or a certificate whose unit is `node`. */
export function edgeProblem(
  { accepted, isMutual }: Pick<EdgeAccess, "accepted" | "isMutual">,
  authorization: string,
  certificate: Pick<PeerCertificate, "subject"> | undefined,
): string | undefined {
  // Without both, only this machine reaches the port.
  if (accepted.length === 0 && !isMutual) return undefined;
  const tokens = accepted.map((token) => ({ token, name: "node", roles: ["node"] as const }));
  const operator = operatorOf(authorization, certificate, tokens);
  if (!operator)
    return "it has neither the token of nodes (TOLLGATE_TOKEN) nor a certificate whose organizational unit is node (TOLLGATE_TLS_CERT)";
  return operator.roles.includes("node")
    ? undefined
    : `'${operator.name}' has the role ${operator.roles.join(" and ")}: only nodes relay calls`;
}
