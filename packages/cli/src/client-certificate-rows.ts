import { X509Certificate } from "node:crypto";

/** An entity as the CLI has it, its spec as text. */
interface Given {
  readonly apiId: string;
  readonly id: string;
  readonly specJson: string;
}

/** ClientCertificateRow is a client certificate as a table shows it. */
export interface ClientCertificateRow {
  readonly id: string;
  readonly description: string;
  /** As in 2027-11-30T00:00:00.000Z; "": only the files of the nodes say it. */
  readonly expires: string;
  /** The stages that present it: {API}/{stage}. */
  readonly stages: string;
}

const specOf = ({ specJson }: Given) => JSON.parse(specJson || "{}") as Readonly<Record<string, unknown>>;

/** publicPartOf is the certificate of a ClientCertificate in PEM; undefined: only the nodes have it. */
export function publicPartOf(entity: Given): string | undefined {
  const pem = specOf(entity).pemEncodedCertificate;
  return typeof pem === "string" ? pem : undefined;
}

/** clientCertificateRows are the client certificates of an account, the one that ends first at the top. */
export function clientCertificateRows(
  certificates: readonly Given[],
  stages: readonly Given[],
): ClientCertificateRow[] {
  const presenting = Map.groupBy(stages, (stage) => specOf(stage).clientCertificateId);
  const rows = certificates.map((certificate) => {
    const pem = publicPartOf(certificate);
    return {
      id: certificate.id,
      description: String(specOf(certificate).description ?? ""),
      expires: pem === undefined ? "" : new X509Certificate(pem).validToDate.toISOString(),
      stages: (presenting.get(certificate.id) ?? []).map(({ apiId, id }) => `${apiId}/${id}`).join(" "),
    };
  });
  const endOf = ({ expires }: ClientCertificateRow) =>
    expires === "" ? Number.POSITIVE_INFINITY : Date.parse(expires);
  return rows.sort((a, b) => (endOf(a) < endOf(b) ? -1 : Number(endOf(a) > endOf(b))));
}
