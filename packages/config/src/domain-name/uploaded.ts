import { checkPresented } from "../certificate/check.ts";
import type { Fact } from "../problem.ts";

/** Uploaded is a certificate that is in a domain itself, PEM (AWS: CreateDomainName of version 1), and what else the domain presents. */
interface Uploaded {
  readonly certificateBody?: string | undefined;
  readonly certificateChain?: string | undefined;
  readonly certificatePrivateKey?: string | undefined;
  readonly certificateArn?: string | undefined;
  readonly regionalCertificateArn?: string | undefined;
}

/** UploadedCertificate is what a domain presents that has its certificate with it, PEM. */
export interface UploadedCertificate {
  readonly accountId: string;
  /** The certificate, and those that signed it. */
  readonly certificate: string;
  readonly privateKey: string;
}

const MEMBERS = {
  certificate: "certificateBody",
  certificateChain: "certificateChain",
  privateKey: "certificatePrivateKey",
} as const;

/** checkUploaded is what keeps it from being presented, and the member that it is about; undefined: nothing. */
export function checkUploaded(spec: Uploaded): readonly [Fact, keyof Uploaded] | undefined {
  const { certificateBody, certificateChain, certificatePrivateKey } = spec;
  if (certificateBody === undefined) return undefined;
  const uploaded = { certificate: certificateBody, certificateChain, privateKey: certificatePrivateKey };
  const [problem, member] = checkPresented(uploaded) ?? [];
  return problem && member && [problem, MEMBERS[member]];
}

/** uploadedBody is the certificate that a domain presents of its own, PEM; undefined: it names one, or nothing was uploaded. */
export function uploadedBody(spec: Uploaded): string | undefined {
  const isNamed = (spec.regionalCertificateArn ?? spec.certificateArn) !== undefined;
  return isNamed ? undefined : spec.certificateBody;
}

/** uploadedOf is what a domain presents that names no certificate; undefined: it names one, or nothing was uploaded. */
export function uploadedOf(accountId: string, spec: Uploaded): UploadedCertificate | undefined {
  const body = uploadedBody(spec);
  const { certificateChain = "", certificatePrivateKey: privateKey } = spec;
  if (body === undefined || privateKey === undefined) return undefined;
  return { accountId, certificate: `${body.trim()}\n${certificateChain}`, privateKey };
}
