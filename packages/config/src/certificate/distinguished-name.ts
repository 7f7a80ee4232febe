/**
 * distinguishedName is a subject or an issuer as one line, the most specific part first, from the lines of Node, which has escaped what is special
 * (RFC 2253). Certificates that have only alternative names have no subject: Node says undefined, though its types do not.
 */
export const distinguishedName = (lines: string | undefined): string =>
  (lines ?? "").split("\n").toReversed().join(",");
