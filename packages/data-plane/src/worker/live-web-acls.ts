import type { ArtifactName, SpecOf, WafArtifact, WebAclConfig } from "@tollgate/config";
import type { RefusedPart } from "@tollgate/config-stream";
import {
  AddressRanges,
  compileWebAcl,
  type Limiter,
  type LiveWebAcl,
  type LogSink,
  type WebAcl,
} from "@tollgate/pipeline";

type WafName = Extract<ArtifactName, { type: WafArtifact }>;

interface Delivered {
  readonly ipset: Pick<SpecOf<"IpSet">, "addresses">;
  readonly regexset: Pick<SpecOf<"RegexPatternSet">, "regularExpressions">;
  readonly rulegroup: Pick<SpecOf<"RuleGroup">, "rules" | "customResponseBodies">;
}

/** What an account has, by ids. */
class AccountParts {
  readonly webAcls = new Map<string, WebAclConfig>();
  readonly ipRanges = new Map<string, AddressRanges>();
  readonly patterns = new Map<string, readonly string[]>();
  readonly ruleGroups = new Map<string, Delivered["rulegroup"]>();
}

/** Cell is what routes hold of a web ACL: it survives every version. */
interface Cell extends LiveWebAcl {
  current: WebAcl | undefined;
}

export interface LiveWebAclsOptions {
  readonly region: string;
  readonly limiter: Limiter;
  readonly logs: LogSink;
}

/** LiveWebAcls are the web ACLs of a worker. One that does not compile keeps its last good version. */
export class LiveWebAcls {
  readonly #options: LiveWebAclsOptions;
  readonly #accounts = new Map<string, AccountParts>();
  readonly #cells = new Map<string, Cell>();
  /** Accounts of which something changed since the last `settle`. */
  readonly #changed = new Set<string>();

  constructor(options: LiveWebAclsOptions) {
    this.#options = options;
  }

  /** of is the web ACL with an id, whether there is one yet or not. */
  of(accountId: string, id: string): Cell {
    const key = `${accountId}/${id}`;
    const known = this.#cells.get(key) ?? { current: undefined };
    this.#cells.set(key, known);
    return known;
  }

  take({ type, accountId, id }: WafName, json: string): void {
    const parts = this.#partsOf(accountId);
    const content: unknown = JSON.parse(json);
    this.#changed.add(accountId);
    if (type === "webacl") parts.webAcls.set(id, content as WebAclConfig);
    else if (type === "ipset")
      parts.ipRanges.set(id, new AddressRanges((content as Delivered["ipset"]).addresses));
    else if (type === "regexset")
      parts.patterns.set(id, (content as Delivered["regexset"]).regularExpressions);
    else parts.ruleGroups.set(id, content as Delivered["rulegroup"]);
  }

  remove({ type, accountId, id }: WafName): void {
    const { webAcls, ipRanges, patterns, ruleGroups } = this.#partsOf(accountId);
    if (type === "webacl") {
      webAcls.delete(id);
      this.of(accountId, id).current = undefined;
    } else (type === "ipset" ? ipRanges : type === "regexset" ? patterns : ruleGroups).delete(id);
  }

  /** settle compiles what changed, and returns what could not be used. */
  settle(nameOf: (accountId: string, id: string) => string): readonly RefusedPart[] {
    const refused: RefusedPart[] = [];
    for (const accountId of this.#changed) {
      const { webAcls, ipRanges, patterns, ruleGroups } = this.#partsOf(accountId);
      const sources = {
        ipRanges: (id: string) => ipRanges.get(id),
        patterns: (id: string) => patterns.get(id),
        ruleGroup: (id: string) => ruleGroups.get(id),
      };
      for (const config of webAcls.values()) {
        const outcome = compileWebAcl({ config, sources, ...this.#options });
        if (outcome.ok) this.of(accountId, config.id).current = outcome.webAcl;
        else
          for (const problem of outcome.problems)
            refused.push({ ...problem, name: nameOf(accountId, config.id) });
      }
    }
    this.#changed.clear();
    return refused;
  }

  #partsOf(accountId: string): AccountParts {
    const known = this.#accounts.get(accountId) ?? new AccountParts();
    this.#accounts.set(accountId, known);
    return known;
  }
}
