import { readTruststore, type SpecOf } from "@tollgate/config";
import { compact, type JsonObject } from "../../protocol/rest-json/operation.ts";

/** shownMutualTls is how both versions show what a domain asks of its callers: where its truststore is, and what of it cannot be used. */
export function shownMutualTls({ mutualTlsAuthentication }: SpecOf<"DomainName">): JsonObject | undefined {
  if (!mutualTlsAuthentication) return undefined;
  const { truststore, ...shown } = mutualTlsAuthentication;
  const { warnings } = readTruststore(truststore ?? "", Date.now());
  return compact({ ...shown, truststoreWarnings: warnings.length > 0 ? warnings : undefined });
}
