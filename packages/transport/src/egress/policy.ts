import { networkInterfaces } from "node:os";
import type { AddressRanges } from "@tollgate/iam";
import { type AddressGroup, formsOf, groupNames, groupOf, setOf } from "./address.ts";

/** Where integrations may not go unless a rule allows it. */
const DENIED: readonly AddressGroup[] = ["loopback", "unspecified", "link-local", "metadata", "multicast"];

/** EgressSettings says where integrations may go. Plain data, for it is sent to workers. */
export interface EgressSettings {
  /** TOLLGATE_EGRESS, checked. */
  readonly rules: string;
  /** Ports on which parts of the product listen, on this machine and on ownHosts: all but those of calls. */
  readonly ownPorts: readonly number[];
  readonly ownHosts: readonly string[];
}

interface Rule {
  readonly allows: boolean;
  readonly matches: (host: string, forms: readonly string[]) => boolean;
  /** It is an address or a range, and neither a group nor a name. */
  readonly isOfAddresses: boolean;
}

const NAME = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/** A name, or *.name for all names below it. */
function matchesName(wanted: string, host: string): boolean {
  const name = host.replace(/\.$/, "").toLowerCase();
  return wanted.startsWith("*.") ? name.endsWith(wanted.slice(1)) : name === wanted;
}

function matcherOf(target: string): Rule["matches"] | undefined {
  const group = groupNames.find((name) => name === target);
  const set: AddressRanges | undefined = group ? groupOf(group) : setOf([target]);
  if (set) return (_host, forms) => forms.some((form) => set.has(form));
  // What looks like an address is none: it must not be taken for a name.
  if (/^[\d.:/]+$/.test(target)) return undefined;
  return NAME.test(target) ? (host) => matchesName(target, host) : undefined;
}

/** parseRules reads rules such as "allow loopback, deny 10.0.0.0/8, allow *.example.com". */
export function parseRules(text: string): { readonly rules: readonly Rule[] } | { readonly problem: string } {
  const rules: Rule[] = [];
  for (const part of text.split(",").map((piece) => piece.trim().toLowerCase())) {
    if (part === "") continue;
    const [, verb, target = ""] = /^(allow|deny)\s+(\S+)$/.exec(part) ?? [];
    const matches = verb === undefined ? undefined : matcherOf(target);
    if (!matches)
      return {
        problem: `'${part}' must be 'allow' or 'deny' and an address, a range such as 10.0.0.0/8, a name, *.name, or one of ${groupNames.join(", ")}`,
      };
    rules.push({ allows: verb === "allow", matches, isOfAddresses: setOf([target]) !== undefined });
  }
  return { rules };
}

/** EgressPolicy decides where integrations may go. */
export interface EgressPolicy {
  /** Hosts of the product itself, on other machines. */
  readonly ownHosts: readonly string[];
  /** Why a connection is denied; undefined: it is allowed. `ownAddresses` are those of ownHosts now. */
  problemOf(target: EgressTarget, ownAddresses: readonly string[]): string | undefined;
}

export interface EgressTarget {
  readonly host: string;
  /** What the host is resolved to. */
  readonly address: string;
  readonly port: number;
}

const isOfThisMachine = (form: string) =>
  groupOf("loopback").has(form) ||
  groupOf("unspecified").has(form) ||
  Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === form));

const isPrivate = (form: string) => groupOf("private").has(form) || groupOf("link-local").has(form);

/** createEgressPolicy: the product's own ports are denied, then the first rule that matches decides, then what no rule allows is denied or allowed by its group. */
export function createEgressPolicy({ rules: text, ownPorts, ownHosts }: EgressSettings): EgressPolicy {
  const parsed = parseRules(text);
  if ("problem" in parsed) throw new Error(`TOLLGATE_EGRESS ${parsed.problem}`);
  const { rules } = parsed;
  const own = new Set(ownPorts);
  return {
    ownHosts,
    problemOf({ host, address, port }, ownAddresses) {
      const forms = formsOf(address);
      if (own.has(port) && forms.some((form) => ownAddresses.includes(form) || isOfThisMachine(form)))
        return "a part of Tollgate listens there";
      const rule = rules.find(({ matches }) => matches(host, forms));
      // Behind a Service of a cluster are pods whose addresses are not known here.
      if (own.has(port) && forms.some(isPrivate) && !(rule?.allows && rule.isOfAddresses))
        return "a part of Tollgate may listen there, and no rule of TOLLGATE_EGRESS allows the address";
      if (rule) return rule.allows ? undefined : "TOLLGATE_EGRESS denies it";
      const group = DENIED.find((name) => forms.some((form) => groupOf(name).has(form)));
      return group && `${group} addresses are denied unless TOLLGATE_EGRESS allows them`;
    },
  };
}
