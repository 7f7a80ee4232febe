import { readTruststore, type SpecOf } from "@tollgate/config";
import { compact, type JsonObject } from "../../protocol/rest-json/operation.ts";

type MutualTls = NonNullable<SpecOf<"DomainName">["mutualTlsAuthentication"]>;

/** A certificate of a truststore may have ended since it was read. */
const READ_AGAIN_MS = 60 * 60 * 1000;

/** Up to a thousand certificates take 100 ms to read: a list of domains must not keep all other callers waiting for so long each time. */
const remembered = new WeakMap<
  MutualTls,
  { readonly warnings: readonly string[]; readonly readMs: number }
>();

function warningsOf(mutual: MutualTls): readonly string[] {
  const nowMs = Date.now();
  const known = remembered.get(mutual);
  if (known && Math.abs(nowMs - known.readMs) < READ_AGAIN_MS) return known.warnings;
  const { warnings } = readTruststore(mutual.truststore ?? "", nowMs);
  remembered.set(mutual, { warnings, readMs: nowMs });
  return warnings;
}

/** shownMutualTls is how both versions show what a domain asks of its callers: where its truststore is, and what of it cannot be used. */
export function shownMutualTls({ mutualTlsAuthentication }: SpecOf<"DomainName">): JsonObject | undefined {
  if (!mutualTlsAuthentication) return undefined;
  const { truststoreUri, truststoreVersion } = mutualTlsAuthentication;
  const warnings = warningsOf(mutualTlsAuthentication);
  return compact({
    truststoreUri,
    truststoreVersion,
    truststoreWarnings: warnings.length > 0 ? warnings : undefined,
  });
}
