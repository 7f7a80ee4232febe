import { Resolver } from "node:dns/promises";
import type { Command } from "commander";
import { checkRecords, type DnsReader } from "../domain-records.ts";
import { CliError, EXIT, print, printTable, report, toJson } from "../output.ts";
import { globalsOf, openSession, type Session } from "../session.ts";
import type { CliDefaults } from "../settings.ts";
import { allEntities } from "./get.ts";

interface CheckOptions {
  readonly target?: string;
  readonly gateway: string;
  readonly dns?: readonly string[];
}

/** Codes of a DNS that has no such records, or no such name. */
const NONE: ReadonlySet<string | undefined> = new Set(["ENODATA", "ENOTFOUND"]);

function dnsReader(servers: readonly string[] | undefined): DnsReader {
  const resolver = new Resolver();
  try {
    if (servers) resolver.setServers(servers);
  } catch (error) {
    throw new CliError(`--dns must be addresses of DNS servers: ${(error as Error).message}`, EXIT.USAGE);
  }
  const orNone = async (name: string, records: Promise<readonly string[]>): Promise<readonly string[]> => {
    try {
      return await records;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (NONE.has(code)) return [];
      throw new CliError(`the DNS could not be asked for ${name}: ${code ?? String(error)}`, EXIT.FAILED);
    }
  };
  return {
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

async function domainsOf(session: Session, accountId: string, name: string | undefined): Promise<string[]> {
  const ids = (await allEntities(session, { accountId, kind: "DomainName", apiId: "" })).map(({ id }) => id);
  if (name === undefined) return ids;
  if (!ids.includes(name))
    throw new CliError(`there is no domain '${name}' in the account ${accountId}`, EXIT.FAILED);
  return [name];
}

export function addDomain(program: Command, { gateway }: CliDefaults): void {
  program
    .command("domain")
    .description("check what custom domains need outside the gateway")
    .command("check")
    .description("ask the DNS whether custom domains lead to the gateway, and say which record is missing")
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
    .action(async (name: string | undefined, options: CheckOptions, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const domains = await domainsOf(session, globals.account, name);
      const records = await checkRecords(domains, targetOf(options), dnsReader(options.dns));
      if (globals.output === "table")
        printTable(
          records.map((one) => ({ ...one })),
          ["domain", "status", "record", "found"],
        );
      else print(toJson(records));
      const open = records.filter(({ advice }) => advice !== "");
      for (const { domain, advice } of open) report(`${domain}: ${advice}`);
      if (open.length > 0)
        throw new CliError(
          `${open.length} of ${records.length} domains do not lead to the gateway`,
          EXIT.FAILED,
        );
    });
}
