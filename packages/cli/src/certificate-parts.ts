import { X509Certificate } from "node:crypto";
import { certificateIdIn, uploadedBody } from "@tollgate/config";

/** An entity as the CLI has it, its spec as text. */
interface Given {
  readonly id: string;
  readonly specJson: string;
}

/** CertificatePart is a certificate that somebody has to look after. */
export interface CertificatePart {
  readonly id: string;
  readonly state: "expired" | "ends soon" | "not issued" | "unreadable";
  /** What is wrong, and what to do. */
  readonly problem: string;
}

interface CertificateSpec {
  readonly certificate: string;
  readonly origin?: string;
}

interface RequestSpec {
  readonly progress?: {
    readonly failure?: { readonly message: string };
    readonly nextUnixMs?: number;
    readonly end?: string;
  };
}

interface DomainSpec {
  readonly certificateArn?: string;
  readonly regionalCertificateArn?: string;
  readonly certificateBody?: string;
}

const specOf = <T>({ specJson }: Given): T => JSON.parse(specJson || "{}") as T;
const timeOf = (ms: number): string => new Date(ms).toISOString();

/** Certificates are imported again, or should have been renewed, before a third of their lives is left; renewals have another sixth to succeed. */
const DUE = 1 / 3;
const LATE = 1 / 6;

/** Domains by the ids of the certificates of the account that they present. */
function presenting(domains: readonly Given[], accountId: string): ReadonlyMap<string, readonly string[]> {
  const pairs = domains.flatMap((domain) => {
    const { regionalCertificateArn, certificateArn } = specOf<DomainSpec>(domain);
    const named = regionalCertificateArn ?? certificateArn;
    const id = named === undefined ? undefined : certificateIdIn(named, accountId);
    return id === undefined ? [] : [{ id, domain: domain.id }];
  });
  const byId = Map.groupBy(pairs, ({ id }) => id);
  return new Map([...byId].map(([id, all]) => [id, all.map(({ domain }) => domain)]));
}

/** Why a request has not led to a certificate, or to the next one; undefined: nothing has failed. */
function failureOf(request: Given | undefined): string | undefined {
  const { failure, nextUnixMs, end } = (request && specOf<RequestSpec>(request).progress) ?? {};
  if (failure === undefined) return undefined;
  if (end !== undefined) return `${failure.message}: it is not tried again, request another one`;
  return `${failure.message}${nextUnixMs === undefined ? "" : `: it is tried again at ${timeOf(nextUnixMs)}`}`;
}

/** Presented is a certificate that domains present. */
interface Presented {
  readonly id: string;
  readonly pem: string;
  readonly domains: readonly string[];
  /** It is renewed by the control planes. */
  readonly isRenewed: boolean;
  /** Why it was not renewed when that was last tried. */
  readonly failure?: string | undefined;
  /** How somebody replaces it. */
  readonly replacing: string;
}

function readLeaf(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function presentedPart(
  { id, pem, domains, isRenewed, failure, replacing }: Presented,
  nowMs: number,
): CertificatePart | undefined {
  const leaf = readLeaf(pem);
  // Earlier versions stored what was uploaded with a domain as it came.
  if (!leaf)
    return {
      id,
      state: "unreadable",
      problem: `it is not a PEM certificate, so no node presents it: ${replacing}`,
    };
  const [fromMs, toMs] = [leaf.validFromDate.getTime(), leaf.validToDate.getTime()];
  const left = (toMs - nowMs) / (toMs - fromMs);
  const isAtRisk = isRenewed ? left < LATE || (failure !== undefined && left < DUE) : left < DUE;
  if (!isAtRisk) return undefined;
  const remedy = isRenewed
    ? (failure ?? "it should have been renewed: see the logs of the control planes")
    : replacing;
  const names = domains.join(", ");
  return left <= 0
    ? {
        id,
        state: "expired",
        problem: `it ended ${timeOf(toMs)}, and clients of ${names} refuse it: ${remedy}`,
      }
    : { id, state: "ends soon", problem: `it ends ${timeOf(toMs)}, and is presented by ${names}: ${remedy}` };
}

/** certificateParts are the certificates of an account that domains present and that end soon, and those that could not be issued. */
export function certificateParts(
  {
    domains,
    certificates,
    requests,
  }: Readonly<Record<"domains" | "certificates" | "requests", readonly Given[]>>,
  accountId: string,
  nowMs: number,
): CertificatePart[] {
  const byId = new Map(certificates.map((certificate) => [certificate.id, certificate]));
  const requestOf = new Map(requests.map((request) => [request.id, request]));
  const named = [...presenting(domains, accountId)].flatMap(([id, names]): Presented[] => {
    const certificate = byId.get(id);
    if (!certificate) return [];
    const { certificate: pem, origin } = specOf<CertificateSpec>(certificate);
    const failure = failureOf(requestOf.get(id));
    const replacing = "import another one under its id";
    return [{ id, pem, domains: names, isRenewed: origin === "ISSUED", failure, replacing }];
  });
  const uploaded = domains.flatMap((domain): Presented[] => {
    const pem = uploadedBody(specOf<DomainSpec>(domain));
    const replacing =
      "give the domain another one (certificateBody, certificatePrivateKey, certificateChain), or let it name one (regionalCertificateArn)";
    return pem === undefined
      ? []
      : [{ id: domain.id, pem, domains: [domain.id], isRenewed: false, replacing }];
  });
  const presented = [...named, ...uploaded].flatMap((one) => presentedPart(one, nowMs) ?? []);
  const missing = requests.flatMap((request): CertificatePart[] => {
    const failure = byId.has(request.id) ? undefined : failureOf(request);
    return failure === undefined ? [] : [{ id: request.id, state: "not issued", problem: failure }];
  });
  return [...presented, ...missing];
}
