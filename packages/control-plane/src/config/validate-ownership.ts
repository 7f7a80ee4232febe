import {
  canonicalJson,
  type Entity,
  ownershipLapse,
  type Problem,
  problemAt,
  unproved,
} from "@tollgate/config";
import { facts } from "../facts.ts";
import type { View } from "./view.ts";

type Domain = Entity<"DomainName">;
type Spec = Domain["spec"];

/** OwnershipPlace is what ownership is judged in. */
export interface OwnershipPlace {
  readonly accountId: string;
  readonly view: View;
  /** Certificates come from a public authority: only that can prove a name. */
  readonly ordersCertificates: boolean;
}

/** All but where a domain leads to: that may change while it is not proved any more that its name is its owner's. */
const judged = ({ basePathMappings: _mappings, routingRules: _rules, tags: _tags, ...spec }: Spec) =>
  canonicalJson(spec);

/** A truststore that could not be read when its domain was written is read with whatever changes next: that is nothing that its owner has changed. */
function withoutLateTruststore(spec: Spec, stored: Spec): Spec {
  const { mutualTlsAuthentication: mutualTls } = spec;
  const isLate = stored.mutualTlsAuthentication?.truststore === undefined;
  if (mutualTls?.truststoreUri === undefined || !isLate) return spec;
  const { truststore: _read, ...named } = mutualTls;
  return { ...spec, mutualTlsAuthentication: named };
}

const sentence = (text: string) => text.replace(/^t/, "T");

/**
 * ownershipProblems are what keeps a domain from being written whose name is not proved: one that asks for client certificates with a certificate that proves
 * nothing, and without one that does, where certificates come from a public authority; and any change of one whose proof has ended, unless it brings another.
 */
export function ownershipProblems(
  { id, spec }: Domain,
  stored: Spec | undefined,
  { accountId, view, ordersCertificates }: OwnershipPlace,
): Problem[] {
  if (stored && judged(stored) === judged(withoutLateTruststore(spec, stored))) return [];
  const certificates = {
    accountId,
    certificate: (named: string) => view.find("Certificate", "", named)?.spec,
    request: (named: string) => view.find("CertificateRequest", "", named)?.spec,
  };
  const at = `DomainName/${id}.ownershipVerificationCertificateArn`;
  const arn = spec.ownershipVerificationCertificateArn ?? "";
  const lacks = ordersCertificates ? unproved(certificates, spec) : undefined;
  if (lacks === "missing") return [problemAt(at, facts.OWNERSHIP_MISSING())];
  if (lacks === "not-public") return [problemAt(at, facts.OWNERSHIP_NOT_PUBLIC({ arn }))];
  const lapse = ownershipLapse(certificates, id, spec);
  return lapse ? [problemAt(at, facts.OWNERSHIP_LAPSED({ reason: sentence(lapse.message) }))] : [];
}
