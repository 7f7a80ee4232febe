import {
  type Entity,
  foreignArnsIn,
  type Kind,
  type KindsOf,
  nameOf,
  type Problem,
  problemAt,
  type WafPlace,
} from "@tollgate/config";
import {
  authorizerProblems,
  checkHttpApi,
  checkResource,
  checkRestApi,
  checkWebSocketApi,
} from "@tollgate/pipeline";
import { facts } from "../facts.ts";
import type { Mirror } from "../mirror/mirror.ts";
import type { KeyIndex } from "../resolve/key-index.ts";
import { alarmProblems, cycleProblems, expressionProblems } from "./validate-alarms.ts";
import {
  keysOfOtherCustomers,
  overlappingSubscriptions,
  subscriptionsOfCustomers,
  subscriptionsOfProducts,
} from "./validate-billing.ts";
import { certificateProblems, presentedProblems, requestProblems } from "./validate-certificates.ts";
import { associationProblems, domainProblems } from "./validate-domains.ts";
import { holderProblems, managedPolicyProblems, roleProblems } from "./validate-identity.ts";
import { isOfAnother, isTaken } from "./validate-ids.ts";
import { plansOfKey, plansOfUntouchedKeys } from "./validate-keys.ts";
import { mappingProblems } from "./validate-mappings.ts";
import { ownershipProblems } from "./validate-ownership.ts";
import { pathProblems } from "./validate-paths.ts";
import { enhancedProblems, securityProblems } from "./validate-security.ts";
import { apiStageProblems, stageProblems } from "./validate-stages.ts";
import { edgeTimeoutProblems, timeoutProblems } from "./validate-timeouts.ts";
import { patternSetProblems, ruleGroupProblems, webAclProblems } from "./validate-web-acls.ts";
import type { View } from "./view.ts";

/** CheckContext is what a check can read besides the written entities. */
export interface CheckContext extends WafPlace {
  readonly mirror: Mirror;
  readonly keys: KeyIndex;
  /** Certificates are ordered from a public authority, unless a request says otherwise. */
  readonly ordersCertificates: boolean;
  /** The account after the change. */
  readonly view: View;
}

/** KindCheck checks one kind beyond its spec, its references and its quotas. */
interface KindCheck<K extends Kind> {
  each?(entity: Entity<K>, context: CheckContext): Iterable<Problem>;
  /** Checks all written entities of the kind together with the rest of the account. */
  together?(entities: readonly Entity<K>[], context: CheckContext): Iterable<Problem>;
}

function apiIdProblems(entity: Entity<KindsOf<"api">>, { mirror, view, accountId }: CheckContext): Problem[] {
  return isTaken(mirror, view, entity, accountId)
    ? [problemAt(`${entity.kind}/${entity.id}.id`, facts.API_ID_TAKEN())]
    : [];
}

const foreignArns = (
  { kind, id, spec }: Entity<"WebAcl"> | Entity<"RuleGroup">,
  { region, accountId }: CheckContext,
) => foreignArnsIn(spec.rules, { region, accountId }, `${kind}/${id}`);

const storedSpec = <K extends Kind>(mirror: Mirror, accountId: string, entity: Entity<K>) =>
  mirror.accounts.get(accountId)?.entities.get(nameOf(entity))?.entity.spec as Entity<K>["spec"] | undefined;

const checks: { readonly [K in Kind]?: KindCheck<K> } = {
  RestApi: {
    each: (api, context) => [
      ...checkRestApi(api.id, api.spec),
      ...securityProblems(api, storedSpec(context.mirror, context.accountId, api)),
      ...apiIdProblems(api, context),
      ...edgeTimeoutProblems(context.view, api),
    ],
  },
  Api: {
    each: (api, context) => [
      ...checkHttpApi(api.id, api.spec),
      ...checkWebSocketApi(api.id, api.spec),
      ...apiIdProblems(api, context),
    ],
  },
  Stage: {
    each: (stage, { view, mirror, accountId }) => stageProblems(view, mirror.accounts.get(accountId), stage),
  },
  ApiStage: {
    each: (stage, { view, mirror, accountId }) =>
      apiStageProblems(view, mirror.accounts.get(accountId), stage),
  },
  Resource: {
    each: (resource, { view, mirror, accountId }) => [
      ...checkResource({ kind: "Resource", id: resource.id, spec: resource.spec }),
      ...timeoutProblems(view, mirror.accounts.get(accountId), resource),
      ...mappingProblems(mirror.accounts.get(accountId), resource),
    ],
    together: (resources, { view }) => pathProblems(view, resources),
  },
  Authorizer: {
    each: ({ id, spec }) => authorizerProblems(spec, `Authorizer/${id}`),
  },
  Certificate: {
    each: (certificate, { mirror, accountId }) =>
      certificateProblems(certificate, storedSpec(mirror, accountId, certificate)),
  },
  CertificateRequest: { each: (request, { view }) => requestProblems(view, request) },
  DomainName: {
    each: (domain, { mirror, view, accountId, region, ordersCertificates }) => [
      ...(isOfAnother(mirror, domain, accountId)
        ? [problemAt(`DomainName/${domain.id}.id`, facts.DOMAIN_TAKEN())]
        : []),
      ...presentedProblems(view, accountId, domain),
      ...domainProblems(domain, storedSpec(mirror, accountId, domain), { accountId, region }),
      ...ownershipProblems(domain, storedSpec(mirror, accountId, domain), {
        accountId,
        view,
        ordersCertificates,
      }),
      ...securityProblems(domain, storedSpec(mirror, accountId, domain)),
      ...enhancedProblems(domain, storedSpec(mirror, accountId, domain)),
    ],
  },
  DomainNameAccessAssociation: { each: (association, { view }) => associationProblems(view, association) },
  User: { each: (user, { view, accountId }) => holderProblems(view, accountId, user) },
  Group: { each: (group, { view, accountId }) => holderProblems(view, accountId, group) },
  Role: { each: (role, { view, accountId }) => roleProblems(view, accountId, role) },
  ManagedPolicy: { each: managedPolicyProblems },
  ApiKey: { each: (key, { view }) => plansOfKey(view, key) },
  WebAcl: {
    each: (webAcl, context) => [...foreignArns(webAcl, context), ...webAclProblems(context.view, webAcl)],
  },
  RuleGroup: {
    each: (group, context) => [...foreignArns(group, context), ...ruleGroupProblems(context.view, group)],
  },
  Alarm: { each: (alarm, { view }) => [...alarmProblems(view, alarm), ...expressionProblems(alarm)] },
  CompositeAlarm: {
    each: (alarm, { view }) => [...alarmProblems(view, alarm), ...cycleProblems(view, alarm)],
  },
  RegexPatternSet: { each: patternSetProblems },
  UsagePlan: { together: (plans, { view }) => plansOfUntouchedKeys(view, plans) },
  Customer: {
    together: (customers, { view }) => [
      ...keysOfOtherCustomers(view, customers),
      ...subscriptionsOfCustomers(view, customers),
    ],
  },
  Product: { together: (products, { view }) => subscriptionsOfProducts(view, products) },
  Subscription: { together: (subscriptions, { view }) => overlappingSubscriptions(view, subscriptions) },
};

/** kindProblems runs the checks of the kinds of all written entities. */
export function kindProblems(puts: readonly Entity[], context: CheckContext): Problem[] {
  const problems: Problem[] = [];
  for (const entity of puts) problems.push(...(checkOf(entity.kind).each?.(entity, context) ?? []));
  for (const [kind, entities] of Map.groupBy(puts, ({ kind }) => kind))
    problems.push(...(checkOf(kind).together?.(entities, context) ?? []));
  return problems;
}

/** Each check gets only entities of its own kind, which the type of the table cannot express. */
const checkOf = (kind: Kind): KindCheck<Kind> => (checks[kind] ?? {}) as KindCheck<Kind>;
