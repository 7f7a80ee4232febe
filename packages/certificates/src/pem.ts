/** PemBlock is one block of a PEM file (RFC 7468). */
export interface PemBlock {
  /** Such as CERTIFICATE or PRIVATE KEY. */
  readonly label: string;
  /** With its first and its last line. */
  readonly text: string;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;

/** pemBlocks are the blocks of a PEM text, in their order; what is between them is ignored. */
export const pemBlocks = (text: string): readonly PemBlock[] =>
  [...text.matchAll(BLOCK)].map(([block, label = ""]) => ({ label, text: `${block}\n` }));

/** pemOf writes DER as one block. */
export function pemOf(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
