import type { StackPlan } from "@tollgate/cloudformation";
import {
  type Entity,
  type EntityRef,
  type Kind,
  kindRule,
  nameOf,
  type Problem,
  parentOf,
  parseManifest,
  problemAt,
  referencesOf,
} from "@tollgate/config";
import type { WantedChange } from "../change/wanted-change.ts";
import { newCertificate } from "../client-certificate/new-certificate.ts";
import { STACK_LABEL } from "../config/stack-label.ts";
import { facts } from "../facts.ts";
import type { AccountState } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";

/** The label of entities that are kept when their stack no longer contains them. */
const RETAINED = "tollgate/retained";

/** AWS's client certificates are valid for a year. */
const CERTIFICATE_VALID_MS = 365 * 24 * 60 * 60 * 1000;

/** ownedBy returns the entities of a stack. */
export const ownedBy = (state: AccountState, stack: string): readonly StoredEntity[] =>
  [...state.entities.values()].filter(({ entity }) => entity.labels[STACK_LABEL] === stack);

/** A member of an entity that is a resource of its own in templates, and that an operation of AWS's API sets, too. */
interface AddedMember {
  readonly kind: Kind;
  readonly member: string;
  readonly type: string;
  /** Whether the resource with a physical id gives the member to an entity. */
  readonly isOf: (physicalId: string, entity: Entity) => boolean;
}

const ADDED_MEMBERS: readonly AddedMember[] = [
  {
    kind: "Stage",
    member: "webAclId",
    type: "AWS::WAFv2::WebACLAssociation",
    isOf: (physicalId, { apiId, id }) => physicalId.endsWith(`::/restapis/${apiId}/stages/${id}`),
  },
  {
    kind: "WebAcl",
    member: "logging",
    type: "AWS::WAFv2::LoggingConfiguration",
    isOf: (physicalId, { id }) => physicalId.includes(`/webacl/${id}/`),
  },
];

const specOf = (entity: Entity | undefined): Readonly<Record<string, unknown>> => entity?.spec ?? {};

/** Added members that something else than the stack has set, such as AssociateWebACL: its template says nothing about them. */
const keptOfOthers = (
  entity: Entity,
  present: Entity | undefined,
  stack: Entity<"Stack"> | undefined,
): object =>
  Object.fromEntries(
    ADDED_MEMBERS.filter(
      ({ kind, member, type, isOf }) =>
        kind === entity.kind &&
        specOf(entity)[member] === undefined &&
        specOf(present)[member] !== undefined &&
        !Object.values(stack?.spec.resources ?? {}).some(
          (resource) => resource.type === type && isOf(resource.physicalId, entity),
        ),
    ).map(({ member }) => [member, specOf(present)[member]]),
  );

/** Members that templates do not set and that change at runtime: epochs of caches, quota grants of keys, certificates. */
async function keptMembers(entity: Entity, present: Entity | undefined): Promise<object> {
  if (entity.kind === "ClientCertificate" && present === undefined)
    return newCertificate({ commonName: "ApiGateway", validMs: CERTIFICATE_VALID_MS });
  const spec = specOf(present);
  const { runtimeMembers = [] } = kindRule(entity.kind);
  return Object.fromEntries(
    runtimeMembers.filter((name) => spec[name] !== undefined).map((name) => [name, spec[name]]),
  );
}

/** PlacedEntity is an entity and the place of its resource in the template. */
interface PlacedEntity {
  readonly entity: Entity;
  readonly at: readonly string[];
}

const deploymentName = ({ kind, apiId, id }: StackPlan["deployments"][number]) => nameOf({ kind, apiId, id });
const apiOf = ({ kind, apiId }: StackPlan["deployments"][number]): string =>
  nameOf({ kind: parentOf(kind) ?? "RestApi", apiId: "", id: apiId });

/**
 * Of entities those whose references lead somewhere: what refers to something that cannot be created is left out too, with a warning, and
 * then what refers to that. `isElsewhere` reports whether an entity exists outside of the stack.
 */
function withoutDangling(
  placed: readonly PlacedEntity[],
  plan: StackPlan,
  isElsewhere: (name: string) => boolean,
): readonly PlacedEntity[] {
  const names = new Set(placed.map(({ entity }) => nameOf(entity)));
  for (const deployment of plan.deployments)
    if (names.has(apiOf(deployment)) || isElsewhere(apiOf(deployment))) names.add(deploymentName(deployment));
  const isThere = (to: EntityRef | undefined) =>
    to !== undefined && (names.has(nameOf(to)) || isElsewhere(nameOf(to)));
  const kept = placed.filter(({ entity, at }) => {
    const missing = referencesOf(entity).find(({ to, or }) => !isThere(to) && !isThere(or));
    if (!missing) return true;
    const { kind, id } = missing.to;
    const resource = plan.resources.find(({ physicalId }) => physicalId === id)?.logicalId;
    plan.warn(at, `is left out: it refers to ${resource ?? `${kind} '${id}'`}, which cannot be created`);
    return false;
  });
  return kept.length === placed.length ? kept : withoutDangling(kept, plan, isElsewhere);
}

/**
 * The entities of a plan in this account, and problems for those that belong to another owner, which a stack never takes over. Invalid
 * entities are already among the plan's findings.
 */
async function plannedEntities(state: AccountState, plan: StackPlan, stack: string) {
  const problems: Problem[] = [];
  const entities: PlacedEntity[] = [];
  const before = state.find("Stack", "", stack);
  for (const [i, { manifest, isRetained, at }] of plan.entities.entries()) {
    const labels = { [STACK_LABEL]: stack, ...(isRetained ? { [RETAINED]: "true" } : {}) };
    const parsed = parseManifest({ ...manifest, labels }, i);
    if (!parsed.ok) continue;
    const entity = parsed.value;
    const present = state.entities.get(nameOf(entity))?.entity;
    const owner = present?.labels[STACK_LABEL];
    if (present && owner !== stack)
      problems.push(
        problemAt(
          `${entity.kind}/${entity.id}`,
          facts.OWNED_BY_OTHERS({ owner: owner === undefined ? "no stack" : `the stack '${owner}'` }),
        ),
      );
    const kept = { ...keptOfOthers(entity, present, before), ...(await keptMembers(entity, present)) };
    entities.push({ entity: { ...entity, spec: { ...entity.spec, ...kept } } as Entity, at });
  }
  return { entities, problems };
}

const stackEntity = (plan: StackPlan, name: string): Entity<"Stack"> => ({
  kind: "Stack",
  apiId: "",
  id: name,
  labels: {},
  spec: {
    ...(plan.description === "" ? {} : { description: plan.description.slice(0, 1024) }),
    parameters: { ...plan.parameters },
    resources: Object.fromEntries(
      plan.resources.map(({ logicalId, type, physicalId }) => [logicalId, { type, physicalId }]),
    ),
    imports: [...plan.imports],
    outputs: { ...plan.outputs },
  },
});

/** Certificates that were issued for requests which are deleted: nobody would renew them. */
const issuedFor = (state: AccountState, deletes: readonly Entity[]): Entity[] =>
  deletes.flatMap(({ kind, id }) => {
    const issued = kind === "CertificateRequest" ? state.find("Certificate", "", id) : undefined;
    return issued?.spec.origin === "ISSUED" ? [issued] : [];
  });

/** Entities that a stack no longer contains. They are deleted, with what was issued for them, except retained ones, which then belong to no stack. */
export function leftBehind(
  state: AccountState,
  left: readonly StoredEntity[],
): { released: Entity[]; deletes: Entity[] } {
  const entities = left.map(({ entity }) => entity);
  const isRetained = ({ labels }: Entity) => labels[RETAINED] !== undefined;
  const released = entities.filter(isRetained).map((entity) => {
    const { [STACK_LABEL]: _stack, [RETAINED]: _retained, ...labels } = entity.labels;
    return { ...entity, labels };
  });
  const deletes = entities.filter((entity) => !isRetained(entity));
  return { released, deletes: [...deletes, ...issuedFor(state, deletes)] };
}

/** stackChange returns what a plan writes to an account, or the problems that prevent it. With keepGoing, what cannot be created is left out. */
export async function stackChange(
  state: AccountState,
  plan: StackPlan,
  stack: string,
  keepGoing = false,
): Promise<WantedChange & { readonly problems: readonly Problem[] }> {
  const { entities: placed, problems } = await plannedEntities(state, plan, stack);
  const isElsewhere = (name: string) => {
    const stored = state.entities.get(name)?.entity;
    return stored !== undefined && stored.labels[STACK_LABEL] !== stack;
  };
  const entities = (keepGoing ? withoutDangling(placed, plan, isElsewhere) : placed).map(
    ({ entity }) => entity,
  );
  const apis = new Set(entities.map(nameOf));
  const deployed = keepGoing
    ? plan.deployments.filter((one) => apis.has(apiOf(one)) || isElsewhere(apiOf(one)))
    : plan.deployments;
  const present = deployed.flatMap((planned) => state.entities.get(deploymentName(planned))?.entity ?? []);
  const named = new Set([...apis, ...deployed.map(deploymentName)]);
  const { released, deletes } = leftBehind(
    state,
    ownedBy(state, stack).filter(({ name }) => !named.has(name)),
  );
  return {
    problems,
    entities: [...entities, ...present, ...released, stackEntity(plan, stack)],
    deletes,
    deployments: deployed
      .filter((planned) => !state.entities.has(deploymentName(planned)))
      .map(({ apiId, id, description }) => ({
        apiId,
        id,
        description,
        labels: { [STACK_LABEL]: stack },
        // The plan already has a finding for it.
        mayBeEmpty: true,
      })),
  };
}

/** stacksOf returns the stacks of an account. */
export const stacksOf = (state: AccountState): readonly Entity<"Stack">[] => state.list("Stack", "");
