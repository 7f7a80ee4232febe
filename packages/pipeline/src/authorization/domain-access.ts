import { type Policy, type PolicyProblem, parsePolicy } from "@tollgate/iam";
import type { Call } from "../call/call.ts";
import { readingsOf, resourceOf, resourcePattern } from "../call/path-form.ts";
import { conditionKeyOf } from "./policy-request.ts";

/** DomainPlace is where a private domain is. */
export interface DomainPlace {
  readonly domainName: string;
  readonly accountId: string;
  readonly region: string;
}

/** PrivateDomain is what its owner says of who may call a private domain. */
export interface PrivateDomain extends DomainPlace {
  /** Its policy, JSON; undefined: it has none, and nobody may call it. */
  readonly policy: string | undefined;
  /** VPC endpoints that have an access association with it. */
  readonly vpcEndpointIds: readonly string[];
  /** VPC endpoints of the account, and the VPCs that they are of. */
  readonly vpcs: Readonly<Record<string, string>>;
}

/** The policy decides before it is known who signed a call. */
const OF_CALLERS = /^aws:(?:principal|user(?:id|name)$)/i;
const VARIABLE_OF_CALLERS = /\$\{\s*aws:(?:principal|userid|username)/i;
const OF_ROUTES: ReadonlySet<string> = new Set(["aws:sourcevpc", "aws:requestedregion"]);

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

const isAnybody = (principal: unknown): boolean =>
  principal === "*" ||
  (typeof principal === "object" &&
    principal !== null &&
    Object.entries(principal).every(
      ([kind, ids]) => kind === "AWS" && listOf(ids).every((id) => id === "*"),
    ));

/** What a policy of a domain cannot ask for: who calls. The policies of its APIs can. */
function problemsOfCallers(document: unknown): readonly PolicyProblem[] {
  const { Statement: given } = document as { readonly Statement?: unknown };
  return listOf(given).flatMap((statement, i) => {
    const at = Array.isArray(given) ? `.Statement[${i}]` : ".Statement";
    const { Principal: principal, Condition: condition } = (statement ?? {}) as Record<string, unknown>;
    const keys = Object.entries((condition ?? {}) as Record<string, object>).flatMap(([operator, wanted]) =>
      Object.keys(wanted)
        .filter((key) => OF_CALLERS.test(key))
        .map((key) => `.Condition.${operator}.${key}`),
    );
    const places = [
      ...(isAnybody(principal) ? [] : [".Principal"]),
      ...keys,
      ...(VARIABLE_OF_CALLERS.test(JSON.stringify(statement)) ? [""] : []),
    ];
    return places.map((place) => ({
      path: `${at}${place}`,
      message:
        'cannot be asked for by a domain, whose policy decides before it is known who calls: use "Principal": "*" and keys such as aws:SourceVpce, and let the policy of the API ask for callers',
    }));
  });
}

const documentOf = (policy: string): unknown => {
  try {
    return JSON.parse(policy) as unknown;
  } catch {
    return undefined;
  }
};

const rootOf = ({ domainName, accountId, region }: DomainPlace): string =>
  `arn:aws:execute-api:${region}:${accountId}:/domainnames/${domainName}`;

/**
 * compileDomainPolicy compiles the policy of a private domain (AWS: custom domain names for private APIs). Its resource is
 * arn:aws:execute-api:{region}:{account}:/domainnames/{domain}/{path}, for which execute-api:/{path} is short; AWS's id behind the name (+abcd1234) may be there,
 * and the ARN of the domain alone is that of all its paths.
 */
export function compileDomainPolicy(
  policy: string,
  place: DomainPlace,
): { readonly policy: Policy | undefined; readonly problems: readonly PolicyProblem[] } {
  const root = rootOf(place);
  const parsed = parsePolicy(documentOf(policy), {
    kind: "resource",
    expandResource: (given) => {
      const whole = given
        .replace(/^execute-api:\//, `${root}/`)
        .replace(/(:\/domainnames\/[^/+]+)\+[A-Za-z0-9]+/, "$1");
      return whole === root ? `${root}/*` : resourcePattern(whole);
    },
  });
  if (!parsed.ok) return { policy: undefined, problems: parsed.problems };
  const problems = problemsOfCallers(documentOf(policy));
  return { policy: problems.length === 0 ? parsed.policy : undefined, problems };
}

/** DomainAccess decides which calls from private networks a private domain takes. */
export interface DomainAccess {
  admits(call: Call): boolean;
}

/**
 * domainAccess decides as AWS does: the VPC endpoint that a call came through must have an access association with the domain, and the domain's policy must
 * allow the call. A policy that cannot be used allows nothing.
 */
export function domainAccess(domain: PrivateDomain): DomainAccess {
  const { vpcs, region } = domain;
  const associated = new Set(domain.vpcEndpointIds);
  const { policy } =
    domain.policy === undefined ? { policy: undefined } : compileDomainPolicy(domain.policy, domain);
  const root = rootOf(domain);
  return {
    admits(call) {
      const through = call.network?.vpcEndpointId;
      if (policy === undefined || through === undefined || !associated.has(through)) return false;
      const vpc = Object.hasOwn(vpcs, through) ? vpcs[through] : undefined;
      const ofDomain: Readonly<Record<string, string | undefined>> = {
        "aws:sourcevpc": vpc,
        "aws:requestedregion": region,
      };
      const { url } = call;
      const queryAt = url.indexOf("?");
      const path = queryAt < 0 ? url : url.slice(0, queryAt);
      const request = {
        action: "execute-api:Invoke",
        principal: undefined,
        conditionKey: (name: string) => {
          if (!OF_ROUTES.has(name)) return conditionKeyOf(call, name);
          const value = ofDomain[name];
          return value === undefined ? undefined : [value];
        },
      };
      // What an upstream may take the path for must be allowed, too.
      const resources = new Set(readingsOf(path).map(resourceOf));
      return [...resources].every(
        (resource) => policy.decide({ ...request, resource: `${root}/${resource}` }) === "allow",
      );
    },
  };
}
