import { kinds, type SpecOf } from "@tollgate/config";
import { AddressRanges } from "@tollgate/iam";
import { nullPorts, type Ports } from "../engine/ports.ts";
import { compileWebAcl } from "../waf/compile-web-acl.ts";
import type { WebAcl } from "../waf/web-acl.ts";

/** Entities that the rules of a tested web ACL refer to, by their ids. */
export interface WebAclSurroundings {
  readonly ipSets?: Readonly<Record<string, readonly string[]>>;
  readonly patternSets?: Readonly<Record<string, readonly string[]>>;
  readonly ruleGroups?: Readonly<Record<string, object>>;
  readonly limiter?: Ports["limiter"];
  readonly logs?: Ports["logs"];
}

/** webAclOf compiles a web ACL as a manifest has it; one that does not compile throws. */
export function webAclOf(spec: object, surroundings: WebAclSurroundings = {}): WebAcl {
  const { ipSets = {}, patternSets = {}, ruleGroups = {} } = surroundings;
  const { limiter = nullPorts.limiter, logs = nullPorts.logs } = surroundings;
  const config = {
    accountId: "000000000000",
    id: "shield",
    ...kinds.WebAcl.spec.parse({ defaultAction: { allow: {} }, ...spec }),
  };
  const outcome = compileWebAcl({
    config,
    region: "us-east-1",
    limiter,
    logs,
    sources: {
      ipRanges: (id) => (ipSets[id] ? new AddressRanges(ipSets[id]) : undefined),
      patterns: (id) => patternSets[id],
      ruleGroup: (id): SpecOf<"RuleGroup"> | undefined =>
        ruleGroups[id] && kinds.RuleGroup.spec.parse(ruleGroups[id]),
    },
  });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
  return outcome.webAcl;
}

/** behind are the ports of a route whose stage has `webAclId: shield`. */
export const behind = (current: WebAcl | undefined): Pick<Ports, "webAcl"> => ({
  webAcl: () => ({ current }),
});
