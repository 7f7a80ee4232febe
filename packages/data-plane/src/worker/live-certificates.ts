import type { CertificateConfig, DomainConfig } from "@tollgate/config";
import {
  certificateArtifactName,
  domainArtifactName,
  factCatalogue,
  problemAt,
} from "@tollgate/config/runtime";
import type { RefusedPart } from "@tollgate/config-stream";
import type { DomainContexts } from "../listener/domain-contexts.ts";

type Presented = Pick<DomainConfig, "certificate" | "uploaded" | "securityPolicy" | "truststore">;

const facts = factCatalogue({
  CERTIFICATE_UNUSABLE: ({ domainName, reason }: { domainName: string; reason: string }) =>
    `cannot be used for ${domainName}: ${reason}`,
});

/** The artifact of the certificate that a domain names. */
const nameOf = ({ certificate: named }: Presented): string | undefined =>
  named && certificateArtifactName(named.accountId, named.id);

/** LiveCertificates give the domains of a worker their certificates. One that cannot be used leaves its domains what they had. */
export class LiveCertificates {
  readonly #contexts: DomainContexts;
  readonly #certificates = new Map<string, CertificateConfig>();
  readonly #domains = new Map<string, Presented>();
  #isChanged = false;

  constructor(contexts: DomainContexts) {
    this.#contexts = contexts;
  }

  take(name: string, certificate: CertificateConfig): void {
    this.#certificates.set(name, certificate);
    this.#isChanged = true;
  }

  remove(name: string): void {
    this.#certificates.delete(name);
    this.#isChanged = true;
  }

  takeDomain(domainName: string, domain: Presented): void {
    this.#domains.set(domainName, domain);
    this.#isChanged = true;
  }

  removeDomain(domainName: string): void {
    this.#domains.delete(domainName);
    this.#contexts.delete(domainName);
  }

  /** settle makes what changed live, and returns what could not be used. */
  settle(): readonly RefusedPart[] {
    if (!this.#isChanged) return [];
    this.#isChanged = false;
    const refused: RefusedPart[] = [];
    for (const [domainName, domain] of this.#domains) {
      const presented = domain.uploaded ?? this.#named(domain);
      if (!presented) {
        this.#contexts.delete(domainName);
        continue;
      }
      const { accountId: owner, certificate, privateKey } = presented;
      const { securityPolicy, truststore } = domain;
      try {
        this.#contexts.set(domainName, { owner, certificate, privateKey, securityPolicy, truststore });
      } catch (error) {
        const name = nameOf(domain) ?? domainArtifactName(domainName);
        const reason = (error as Error).message;
        refused.push({ ...problemAt(name, facts.CERTIFICATE_UNUSABLE({ domainName, reason })), name });
      }
    }
    return refused;
  }

  /** The certificate that a domain names; undefined: none, or it is not here. */
  #named(domain: Presented): CertificateConfig | undefined {
    const name = nameOf(domain);
    return name === undefined ? undefined : this.#certificates.get(name);
  }
}
