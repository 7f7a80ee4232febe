import { certificateIdIn } from "@tollgate/config";
import type { AccountView } from "../../port.ts";
import { badRequest } from "./errors.ts";

interface Named {
  readonly certificateArn?: unknown;
  readonly regionalCertificateArn?: unknown;
}

/** refusePending refuses a new domain whose certificate was requested, and is not issued yet. */
export function refusePending(account: AccountView, { certificateArn, regionalCertificateArn }: Named): void {
  const { accountId } = account;
  for (const arn of [regionalCertificateArn, certificateArn]) {
    const isArn = typeof arn === "string" && arn.startsWith("arn:");
    const id = isArn ? certificateIdIn(arn, accountId) : undefined;
    if (id === undefined || account.get("Certificate", "", id)) continue;
    if (account.get("CertificateRequest", "", id))
      throw badRequest(`Certificate ${String(arn)} in account ${accountId} not yet issued`);
  }
}
