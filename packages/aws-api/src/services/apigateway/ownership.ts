import { type OwnershipLapse, ownershipLapse, pendingOf, type SpecOf } from "@tollgate/config";
import type { AccountView } from "../../port.ts";

/** DomainStatus is why a domain is not as its owner wants it; AWS's names of version 1. */
export interface DomainStatus {
  readonly status: "PENDING" | OwnershipLapse["status"];
  readonly message: string;
}

/** statusOf is why a domain is not available; undefined: it is. */
export function statusOf(
  account: AccountView,
  domainName: string,
  spec: SpecOf<"DomainName">,
): DomainStatus | undefined {
  const pending = pendingOf(spec);
  if (pending !== undefined) return { status: "PENDING", message: pending };
  const certificates = {
    accountId: account.accountId,
    certificate: (id: string) => account.get("Certificate", "", id)?.entity.spec,
    request: (id: string) => account.get("CertificateRequest", "", id)?.entity.spec,
  };
  return ownershipLapse(certificates, domainName, spec);
}
