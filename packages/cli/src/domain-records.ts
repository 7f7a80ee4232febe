import { isIP, isIPv6 } from "node:net";
import { CliError, EXIT } from "./output.ts";

/** DnsReader asks the DNS; a name without such records has none. */
export interface DnsReader {
  /** Where a name is an alias of. */
  cnames(name: string): Promise<readonly string[]>;
  /** Of IPv4 and IPv6. */
  addresses(name: string): Promise<readonly string[]>;
}

/** DomainRecord is what the DNS says of a domain, and what it should say. */
export interface DomainRecord {
  readonly domain: string;
  readonly status: "right" | "missing" | "wrong";
  /** The record that leads to the gateway: shop.example.com. CNAME gateway.example.com. */
  readonly record: string;
  /** What there is; empty: nothing. */
  readonly found: string;
  /** What is to be done; empty: nothing. */
  readonly advice: string;
}

/** Any name below a wildcard. */
const asked = (domain: string): string => domain.replace(/^\*\./, "tollgate-domain-check.");
/** plain is a name as names are compared. */
export const plain = (name: string): string => name.toLowerCase().replace(/\.$/, "");
/** An address of IPv6 has many spellings; the DNS is read in the shortest. */
const spelled = (target: string): string =>
  isIPv6(target) ? new URL(`http://[${target}]`).hostname.slice(1, -1) : plain(target);

function recordOf(domain: string, target: string): string {
  if (isIP(target) === 0) return `${domain}. CNAME ${target}.`;
  return `${domain}. ${isIPv6(target) ? "AAAA" : "A"} ${target}`;
}

async function checkOne(
  domain: string,
  target: string,
  right: ReadonlySet<string>,
  dns: DnsReader,
): Promise<DomainRecord> {
  const name = asked(domain);
  const [cnames, addresses] = await Promise.all([dns.cnames(name), dns.addresses(name)]);
  const record = recordOf(domain, target);
  const found = [...cnames.map((cname) => `CNAME ${plain(cname)}.`), ...addresses].join(", ");
  const isAlias = cnames.some((cname) => plain(cname) === target);
  const strays = addresses.filter((address) => !right.has(address));
  if (isAlias || (addresses.length > 0 && strays.length === 0))
    return { domain, status: "right", record, found, advice: "" };
  if (addresses.length === 0 && cnames.length === 0) {
    const orAddresses = isIP(target) === 0 ? `, or A and AAAA records with ${[...right].join(", ")}` : "";
    return {
      domain,
      status: "missing",
      record,
      found,
      advice: `the record is missing: add ${record}${orAddresses}`,
    };
  }
  const advice =
    addresses.length === 0
      ? `its CNAME leads to a name without addresses: replace it by ${record}`
      : `${strays.join(", ")} ${strays.length === 1 ? "is" : "are"} not of ${target}: replace by ${record}`;
  return { domain, status: "wrong", record, found, advice };
}

/** checkRecords finds what the DNS lacks for domains to lead to a gateway, which is reached at a host or an address. */
export async function checkRecords(
  domains: readonly string[],
  target: string,
  dns: DnsReader,
): Promise<readonly DomainRecord[]> {
  const wanted = spelled(target);
  const right = new Set(isIP(wanted) === 0 ? await dns.addresses(wanted) : [wanted]);
  if (right.size === 0)
    throw new CliError(
      `the gateway's own host ${wanted} has no addresses in the DNS: add A or AAAA records for it, or set --target`,
      EXIT.FAILED,
    );
  return Promise.all(domains.map((domain) => checkOne(domain, wanted, right, dns)));
}
