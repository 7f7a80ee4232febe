import { type SpecOf, validationRecord } from "@tollgate/config";
import type { Members } from "./members.ts";

/** Validated is whose names are proved, and where by DNS (undefined: nowhere). */
export interface Validated {
  readonly accountId: string;
  readonly zone: string | undefined;
}

/** validationOf is how a name of a request is proved, with the record that its owner creates, as DescribeCertificate shows it. */
export function validationOf(
  name: string,
  { validation }: Pick<SpecOf<"CertificateRequest">, "validation">,
  { accountId, zone }: Validated,
): Members {
  if (validation !== "DNS" && !name.startsWith("*.")) return { ValidationMethod: "HTTP" };
  if (zone === undefined) return { ValidationMethod: "DNS" };
  const record = validationRecord(zone, accountId, name);
  return {
    ValidationMethod: "DNS",
    ResourceRecord: { Name: `${record.name}.`, Type: "CNAME", Value: `${record.value}.` },
  };
}
