import { join } from "node:path";
import type { Issued, IssueOptions } from "@tollgate/certificates";
import { openStateFolder } from "@tollgate/telemetry";

/** As long as those of ACM (13 months). */
const VALID_MS = 395 * 24 * 60 * 60 * 1000;

/** IssueCertificate signs certificates for domains. Their chain is the certificate of the authority. */
export type IssueCertificate = (
  request: Required<Pick<IssueOptions, "names" | "keyType">>,
) => Promise<Issued & { readonly certificateChain: string }>;

/** issuerIn signs by the internal authority of a state directory, which is made when it is needed first. */
export const issuerIn =
  (home: string): IssueCertificate =>
  async ({ names, keyType }) => {
    const { openAuthority } = await import("@tollgate/certificates");
    openStateFolder(home, "certificates");
    const authority = await openAuthority(join(home, "certificates"));
    const issued = await authority.issue({ names, keyType, validMs: VALID_MS });
    return { ...issued, certificateChain: authority.certificate };
  };
