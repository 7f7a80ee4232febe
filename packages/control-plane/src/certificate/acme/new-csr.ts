import type { SpecOf } from "@tollgate/config";

/** CsrRequest is what is to be certified. */
export interface CsrRequest extends Pick<SpecOf<"CertificateRequest">, "keyType"> {
  readonly names: readonly string[];
}

/** newCsr is a new key, PKCS #8, and the request to certify it for names, both in PEM. */
export async function newCsr({ names, keyType }: CsrRequest): Promise<{
  readonly privateKey: string;
  readonly csr: Buffer;
}> {
  const {
    default: { crypto },
  } = await import("acme-client");
  const key = await (keyType === "RSA_2048"
    ? crypto.createPrivateRsaKey(2_048)
    : crypto.createPrivateEcdsaKey("P-256"));
  const [, csr] = await crypto.createCsr({ altNames: [...names] }, key);
  return { privateKey: key.toString(), csr };
}
