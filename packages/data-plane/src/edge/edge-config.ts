import type { CertificateConfig, ChallengesConfig, DomainConfig } from "@tollgate/config";
import { factCatalogue, parseArtifactName, problemAt } from "@tollgate/config/runtime";
import type { RefusedPart, Update } from "@tollgate/config-stream";
import type { Challenges } from "../listener/challenges.ts";
import type { DomainContexts } from "../listener/domain-contexts.ts";
import { LiveCertificates } from "../worker/live-certificates.ts";

const facts = factCatalogue({
  ARTIFACT_UNREADABLE: ({ reason }: { reason: string }) => `cannot be read: ${reason}`,
});

/** EdgeConfig is what an edge node needs of the config: the certificates of edge-optimized domains, and what it shows authorities of ACME. */
export class EdgeConfig {
  readonly #certificates: LiveCertificates;
  readonly #challenges: Challenges;

  constructor(contexts: DomainContexts, challenges: Challenges) {
    this.#certificates = new LiveCertificates(contexts);
    this.#challenges = challenges;
  }

  /** apply makes an update live and returns what of it cannot be used. */
  async apply({ upserts, removals }: Pick<Update, "upserts" | "removals">): Promise<readonly RefusedPart[]> {
    const refused: RefusedPart[] = [];
    for (const { name, content } of upserts)
      try {
        this.#take(name, content);
      } catch (error) {
        const reason = (error as Error).message;
        refused.push({ ...problemAt(name, facts.ARTIFACT_UNREADABLE({ reason })), name });
      }
    for (const name of removals) this.#remove(name);
    return [...refused, ...this.#certificates.settle()];
  }

  #take(name: string, content: Uint8Array): void {
    const parsed = parseArtifactName(name);
    const read = () => JSON.parse(Buffer.from(content).toString()) as unknown;
    if (parsed?.type === "certificate") this.#certificates.take(name, read() as CertificateConfig);
    else if (parsed?.type === "challenges")
      this.#challenges.set(name, (read() as ChallengesConfig).challenges);
    else if (parsed?.type === "domain") {
      const domain = read() as DomainConfig;
      // Those of the region alone present nothing here: their names get the certificate of the node, and 403.
      if (domain.isEdge) this.#certificates.takeDomain(parsed.domainName, domain);
      else this.#certificates.removeDomain(parsed.domainName);
    }
  }

  #remove(name: string): void {
    const parsed = parseArtifactName(name);
    if (parsed?.type === "certificate") this.#certificates.remove(name);
    else if (parsed?.type === "challenges") this.#challenges.delete(name);
    else if (parsed?.type === "domain") this.#certificates.removeDomain(parsed.domainName);
  }
}
