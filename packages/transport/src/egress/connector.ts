import { type LookupAddress, type LookupAllOptions, lookup as lookupByDns } from "node:dns";
import { isIP } from "node:net";
import { buildConnector } from "undici";
import type { EgressPolicy } from "./policy.ts";

/** EgressDenied: an integration may not go there. No connection was tried. */
export class EgressDenied extends Error {
  readonly code = "ERR_EGRESS_DENIED";
}

/** Lookup resolves a name to all its addresses, as node:dns does. */
export type Lookup = (
  hostname: string,
  options: LookupAllOptions,
  /** There are no addresses where there is an error. */
  callback: (error: NodeJS.ErrnoException | null, addresses?: LookupAddress[]) => void,
) => void;

export interface GuardOptions {
  readonly policy: EgressPolicy;
  readonly lookup?: Lookup;
  /** Hears of each connection that is denied. */
  readonly onDenied?: (error: EgressDenied) => void;
}

type ConnectorOptions = NonNullable<Parameters<typeof buildConnector>[0]>;

/** How long the addresses of the product's own hosts are kept. */
const OWN_FRESH_MS = 30_000;

/** OwnAddresses are the addresses of the product's own hosts, which may move. */
class OwnAddresses {
  readonly #hosts: readonly string[];
  readonly #lookup: Lookup;
  #known: Promise<readonly string[]> | undefined;
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(hosts: readonly string[], lookup: Lookup) {
    this.#hosts = hosts;
    this.#lookup = lookup;
  }

  /** The addresses; none at once where there are no such hosts. */
  get(): Promise<readonly string[]> | undefined {
    if (this.#hosts.length === 0) return undefined;
    if (performance.now() - this.#readMs > OWN_FRESH_MS) {
      this.#readMs = performance.now();
      this.#known = Promise.all(this.#hosts.map((host) => this.#resolve(host))).then((all) => all.flat());
    }
    return this.#known;
  }

  #resolve(host: string): Promise<readonly string[]> {
    return new Promise((resolve) => {
      // A host that has no address now cannot be reached either.
      this.#lookup(host, { all: true }, (_error, found = []) => resolve(found.map(({ address }) => address)));
    });
  }
}

/** createGuard makes connectors that connect only where the policy allows. A name is resolved once: what was checked is what is connected to. */
export function createGuard({
  policy,
  lookup = lookupByDns as Lookup,
  onDenied = () => undefined,
}: GuardOptions): (options: ConnectorOptions) => buildConnector.connector {
  const own = new OwnAddresses(policy.ownHosts, lookup);
  const denialOf = (host: string, port: number, addresses: readonly string[], ours: readonly string[]) => {
    for (const address of addresses) {
      const problem = policy.problemOf({ host, address, port }, ours);
      if (problem === undefined) continue;
      const shown = address === host ? host : `${host} (${address})`;
      const denied = new EgressDenied(`integrations may not connect to ${shown}, port ${port}: ${problem}`);
      onDenied(denied);
      return denied;
    }
    return undefined;
  };

  return (options) => {
    // A pool has one host and one port.
    let port = 0;
    let ours: readonly string[] = [];
    // net.connect resolves through this, and connects to what it gives. It is not asked for addresses.
    const checked: Lookup = (name, asked, answer) =>
      lookup(name, { ...asked, all: true }, (error, found = []) => {
        const addresses = found.map(({ address }) => address);
        answerLookup(answer, asked.all, error ?? denialOf(name, port, addresses, ours) ?? null, found);
      });
    const connector = buildConnector({ ...options, lookup: checked } as ConnectorOptions);
    return (target, connected) => {
      port = Number(target.port) || (target.protocol === "https:" ? 443 : 80);
      const host = target.hostname.replace(/^\[|\]$/g, "");
      const connect = (now: readonly string[]) => {
        ours = now;
        const denied = isIP(host) === 0 ? undefined : denialOf(host, port, [host], ours);
        if (denied) {
          connected(denied, null);
          return;
        }
        try {
          connector(target, connected);
        } catch (error) {
          // Options that TLS does not take, such as a bad certificate, fail this call and nothing else.
          connected(error as Error, null);
        }
      };
      const known = own.get();
      if (known) known.then(connect).catch((error: Error) => connected(error, null));
      else connect([]);
    };
  };
}

/** net.connect asks for all addresses or for one. */
function answerLookup(
  answer: Parameters<Lookup>[2],
  all: boolean,
  failure: Error | null,
  found: readonly LookupAddress[],
): void {
  const reply = answer as (error: Error | null, ...rest: readonly unknown[]) => void;
  const [first] = found;
  if (failure) reply(failure, all ? [] : "", 0);
  else if (all) reply(null, found);
  else reply(null, first?.address, first?.family);
}
