import { validationRecord } from "@tollgate/config";
import { type DnsReader, type DomainRecord, plain } from "./domain-records.ts";

/** CaaRecord is a CAA record as node:dns reads it: its property is a member (RFC 8659). */
export interface CaaRecord {
  readonly critical: number;
  readonly [property: string]: string | number | undefined;
}

/** CertificateDns asks what an authority asks before it issues a certificate; a name without such records has none. */
export interface CertificateDns extends Pick<DnsReader, "cnames"> {
  txtRecords(name: string): Promise<readonly string[]>;
  caas(name: string): Promise<readonly CaaRecord[]>;
}

/** RequestedNames are the names of a certificate that a domain names, and that a public authority issues. */
export interface RequestedNames {
  readonly domain: string;
  readonly names: readonly string[];
  /** Names are proved by DNS; wildcards are in any case. */
  readonly isByDns: boolean;
}

export interface CertificateRecordsOptions {
  readonly accountId: string;
  /** As CAA records name the authority: letsencrypt.org; undefined: it is not known, and only what forbids all is found. */
  readonly authority: string | undefined;
  /** Where names are proved (TOLLGATE_ACME_DNS); undefined: any zone is right. */
  readonly zone: string | undefined;
}

const KNOWN = ["issue", "issuewild", "issuemail", "iodef", "contactemail", "contactphone"];

/** The closest name at or above one that has CAA records, and those (RFC 8659, 3). */
async function closestCaas(
  name: string,
  dns: CertificateDns,
): Promise<{ readonly at: string; readonly caas: readonly CaaRecord[] } | undefined> {
  const labels = name.split(".");
  for (let i = 0; i < labels.length; i++) {
    const at = labels.slice(i).join(".");
    const caas = await dns.caas(at);
    if (caas.length > 0) return { at, caas };
  }
  return undefined;
}

/** Those that say who may issue for a name: issuewild goes first for wildcards (RFC 8659, 4.2 and 4.3). */
function allowed(caas: readonly CaaRecord[], isWildcard: boolean): readonly string[] | undefined {
  const of = (property: string) =>
    caas.flatMap((caa) => (typeof caa[property] === "string" ? [caa[property]] : []));
  const wild = isWildcard ? of("issuewild") : [];
  const values = wild.length > 0 ? wild : of("issue");
  return values.length === 0 ? undefined : values.map((value) => plain(value.split(";")[0]?.trim() ?? ""));
}

const shown = ({ critical, ...properties }: CaaRecord): string =>
  Object.entries(properties)
    .filter(([property]) => property !== "type")
    .map(([property, value]) => `CAA ${critical} ${property} "${String(value)}"`)
    .join(", ");

async function caaRecord(
  domain: string,
  name: string,
  authority: string | undefined,
  dns: CertificateDns,
): Promise<DomainRecord> {
  const wanted = authority === undefined ? undefined : plain(authority);
  const property = name.startsWith("*.") ? "issuewild" : "issue";
  const record = `${name}. CAA 0 ${property} "${wanted ?? "(authority)"}", or none`;
  const closest = await closestCaas(name.replace(/^\*\./, ""), dns);
  if (!closest) return { domain, status: "right", record, found: "", advice: "" };
  const { at, caas } = closest;
  const found = `at ${at}.: ${caas.map(shown).join(", ")}`;
  const wrong = (reason: string): DomainRecord => ({
    domain,
    status: "wrong",
    record,
    found,
    advice: `${reason}: add ${at}. CAA 0 ${property} "${wanted ?? "(authority)"}"`,
  });
  const unknown = caas.find(
    (caa) => caa.critical !== 0 && !KNOWN.some((property_) => caa[property_] !== undefined),
  );
  if (unknown)
    return {
      ...wrong(""),
      advice: `${shown(unknown)} at ${at}. is critical and not known, so no authority issues a certificate for ${name}: remove it`,
    };
  const who = allowed(caas, name.startsWith("*."));
  if (who === undefined) return { domain, status: "right", record, found, advice: "" };
  if (who.every((one) => one === ""))
    return wrong(`the CAA records of ${at}. forbid all authorities to issue a certificate for ${name}`);
  if (wanted !== undefined && !who.includes(wanted))
    return wrong(
      `the CAA records of ${at}. allow ${who.filter(Boolean).join(", ")} alone to issue a certificate for ${name}, and not ${wanted}`,
    );
  return { domain, status: "right", record, found, advice: "" };
}

/** Whether a record of the owner leads to where the account proves the name. */
async function proofRecord(
  domain: string,
  name: string,
  { accountId, zone }: CertificateRecordsOptions,
  dns: CertificateDns,
): Promise<DomainRecord> {
  const { name: owner, value } = validationRecord(zone ?? "(zone of TOLLGATE_ACME_DNS)", accountId, name);
  const record = `${owner}. CNAME ${value}.`;
  const cnames = (await dns.cnames(owner)).map(plain);
  const isRight = cnames.some((cname) =>
    zone === undefined ? cname.split(".")[0] === value.split(".")[0] : cname === plain(value),
  );
  // Behind a CNAME are the TXT records of where it leads to.
  const txtRecords = cnames.length > 0 ? [] : await dns.txtRecords(owner);
  const found = [
    ...cnames.map((cname) => `CNAME ${cname}.`),
    ...txtRecords.map((text) => `TXT "${text}"`),
  ].join(", ");
  if (isRight) return { domain, status: "right", record, found, advice: "" };
  if (found === "")
    return {
      domain,
      status: "missing",
      record,
      found,
      advice: `the record that proves ${name} is missing: add ${record}`,
    };
  const advice =
    cnames.length > 0
      ? `${owner}. leads to ${cnames.join(", ")}, which proves ${name} to nobody here: replace by ${record}`
      : `${owner}. has TXT records, which keep it from having the CNAME that proves ${name}: remove them, and add ${record}`;
  return { domain, status: "wrong", record, found, advice };
}

/** checkCertificateRecords finds what keeps a public authority from issuing the certificates of domains: CAA records, and those that prove names. */
export async function checkCertificateRecords(
  requested: readonly RequestedNames[],
  options: CertificateRecordsOptions,
  dns: CertificateDns,
): Promise<readonly DomainRecord[]> {
  const found = requested.map(async ({ domain, names, isByDns }) => {
    const proved = isByDns ? names : names.filter((name) => name.startsWith("*."));
    // A name and its wildcard share a record.
    const proofs = new Map(proved.map((name) => [name.replace(/^\*\./, ""), name]));
    return Promise.all([
      ...[...proofs.values()].map((name) => proofRecord(domain, name, options, dns)),
      ...names.map((name) => caaRecord(domain, name, options.authority, dns)),
    ]);
  });
  return (await Promise.all(found)).flat();
}
