import { Resolver } from "node:dns/promises";
import type { Command } from "commander";
import { certificateIdIn, isOrdered, type SpecOf } from "@tollgate/config";
import {
  type CaaRecord,
  type CertificateDns,
  checkCertificateRecords,
  type RequestedNames,
} from "../certificate-records.ts";
import { checkRecords, type DnsReader } from "../domain-records.ts";
import { CliError, EXIT, print, printTable, report, toJson } from "../output.ts";
import { globalsOf, openSession, type Session } from "../session.ts";
import type { CliDefaults } from "../settings.ts";
import { allEntities } from "./get.ts";

interface CheckOptions {
  readonly target?: string;
  readonly gateway: string;
  readonly dns?: readonly string[];
  readonly authority?: string;
  readonly zone?: string;
}

type DomainSpec = SpecOf<"DomainName">;
type RequestSpec = SpecOf<"CertificateRequest">;

/** Codes of a DNS that has no such records, or no such name. */
const NONE: ReadonlySet<string | undefined> = new Set(["ENODATA", "ENOTFOUND"]);

/** A server of some zones refuses to say what is above them, where CAA records are looked for, too. */
const NONE_ABOVE: ReadonlySet<string | undefined> = new Set([...NONE, "EREFUSED"]);

function dnsReader(servers: readonly string[] | undefined): DnsReader & CertificateDns {
  const resolver = new Resolver();
  try {
    if (servers) resolver.setServers(servers);
  } catch (error) {
    throw new CliError(`--dns must be addresses of DNS servers: ${(error as Error).message}`, EXIT.USAGE);
  }
  const orNone = async <T>(
    name: string,
    records: Promise<readonly T[]>,
    none: ReadonlySet<string | undefined> = NONE,
  ): Promise<readonly T[]> => {
    try {
      return await records;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (none.has(code)) return [];
      throw new CliError(`the DNS could not be asked for ${name}: ${code ?? String(error)}`, EXIT.FAILED);
    }
  };
  return {
    txtRecords: async (name) =>
      (await orNone(name, resolver.resolveTxt(name))).map((parts) => parts.join("")),
    caas: (name) => orNone(name, resolver.resolveCaa(name) as Promise<CaaRecord[]>, NONE_ABOVE),
    cnames: (name) => orNone(name, resolver.resolveCname(name)),
    addresses: async (name) =>
      (
        await Promise.all([orNone(name, resolver.resolve4(name)), orNone(name, resolver.resolve6(name))])
      ).flat(),
  };
}

/** Where clients reach the gateway: as the command says, else as the CLI itself does. */
function targetOf({ target, gateway }: CheckOptions): string {
  if (target !== undefined) return target;
  if (URL.canParse(gateway)) return new URL(gateway).hostname.replace(/^\[(.*)\]$/, "$1");
  throw new CliError(`--gateway '${gateway}' must be an address such as http://127.0.0.1:8080`, EXIT.USAGE);
}

interface Domain {
  readonly id: string;
  readonly spec: Partial<DomainSpec>;
}

const listed = async <T>(session: Session, accountId: string, kind: string) =>
  (await allEntities(session, { accountId, kind, apiId: "" })).map(({ id, specJson }) => ({
    id,
    spec: JSON.parse(specJson || "{}") as T,
  }));

async function domainsOf(session: Session, accountId: string, name: string | undefined): Promise<Domain[]> {
  const domains = await listed<Partial<DomainSpec>>(session, accountId, "DomainName");
  if (name === undefined) return domains;
  const named = domains.filter(({ id }) => id === name);
  if (named.length === 0)
    throw new CliError(`there is no domain '${name}' in the account ${accountId}`, EXIT.FAILED);
  return named;
}

/** What a public authority issues for domains: what they present, and what proves that their names are the account's. */
async function requestedFor(
  session: Session,
  accountId: string,
  domains: readonly Domain[],
): Promise<RequestedNames[]> {
  const requests = new Map(
    (await listed<RequestSpec>(session, accountId, "CertificateRequest")).map(({ id, spec }) => [id, spec]),
  );
  return domains.flatMap(({ id: domain, spec }) => {
    const arns = [
      spec.regionalCertificateArn ?? spec.certificateArn,
      spec.ownershipVerificationCertificateArn,
    ];
    const ids = arns.flatMap((arn) => (arn === undefined ? [] : (certificateIdIn(arn, accountId) ?? [])));
    return [...new Set(ids)].flatMap((id) => {
      const request = requests.get(id);
      const isChecked = isOrdered(request) || request?.validation === "DNS";
      return request && isChecked
        ? [{ domain, names: request.names, isByDns: request.validation === "DNS" }]
        : [];
    });
  });
}

export function addDomain(program: Command, { gateway }: CliDefaults): void {
  program
    .command("domain")
    .description("check what custom domains need outside the gateway")
    .command("check")
    .description(
      "ask the DNS whether custom domains lead to the gateway, and whether a public authority may issue their certificates, and say which record is missing",
    )
    .argument("[domain]", "the domain; without it, all of the account")
    .option(
      "--target <host>",
      "host or address at which clients reach the gateway, such as its load balancer",
    )
    .option(
      "--gateway <url>",
      "address of a node (or TOLLGATE_GATEWAY), whose host is the target otherwise",
      gateway,
    )
    .option("--dns <servers...>", "DNS servers to ask; without it, those of this machine")
    .option(
      "--authority <domain>",
      "the authority that issues certificates, as CAA records name it, such as letsencrypt.org",
    )
    .option("--zone <zone>", "the zone where names are proved (TOLLGATE_ACME_DNS); without it, any is right")
    .action(async (name: string | undefined, options: CheckOptions, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const { account: accountId } = globals;
      const { authority, zone } = options;
      const domains = await domainsOf(session, accountId, name);
      const dns = dnsReader(options.dns);
      const ids = domains.map(({ id }) => id);
      const requested = await requestedFor(session, accountId, domains);
      const records = [
        ...(await checkRecords(ids, targetOf(options), dns)),
        ...(await checkCertificateRecords(requested, { accountId, authority, zone }, dns)),
      ];
      if (globals.output === "table")
        printTable(
          records.map((one) => ({ ...one })),
          ["domain", "status", "record", "found"],
        );
      else print(toJson(records));
      const open = records.filter(({ advice }) => advice !== "");
      for (const { domain, advice } of open) report(`${domain}: ${advice}`);
      const wrong = new Set(open.map(({ domain }) => domain)).size;
      if (wrong > 0)
        throw new CliError(`${wrong} of ${ids.length} domains lack records, or have wrong ones`, EXIT.FAILED);
    });
}
