import type { StackPlan } from "@tollgate/cloudformation";
import { kindRule, nameOf, parseManifest, problemAt, type Entity, type Problem } from "@tollgate/config";
import { newCertificate } from "../client-certificate/new-certificate.ts";
import type { WantedChange } from "../change/wanted-change.ts";
import type { AccountState } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import { facts } from "../facts.ts";

/** Labels of what belongs to a stack, and of what stays when its stack does not name it any more. */
const STACK = "tollgate/stack";
const RETAINED = "tollgate/retained";

/** AWS's client certificates are good for a year. */
const CERTIFICATE_VALID_MS = 365 * 24 * 60 * 60 * 1000;

/** ownedBy are the entities of a stack. */
export const ownedBy = (state: AccountState, stack: string): readonly StoredEntity[] =>
  [...state.entities.values()].filter(({ entity }) => entity.labels[STACK] === stack);

/** What a template does not write, and what went on since: epochs of caches, grants of keys, certificates. */
async function keptMembers(entity: Entity, present: Entity | undefined): Promise<object> {
  if (entity.kind === "ClientCertificate" && present === undefined)
    return newCertificate({ commonName: "ApiGateway", validMs: CERTIFICATE_VALID_MS });
  const spec: Readonly<Record<string, unknown>> = present?.spec ?? {};
  const { runtimeMembers = [] } = kindRule(entity.kind);
  return Object.fromEntries(
    runtimeMembers.filter((name) => spec[name] !== undefined).map((name) => [name, spec[name]]),
  );
}

/**
 * What a plan's entities are in this account, and which of them are somebody else's: those are never taken over. What cannot be an entity is
 * among the plan's findings already.
 */
async function plannedEntities(state: AccountState, plan: StackPlan, stack: string) {
  const problems: Problem[] = [];
  const entities: Entity[] = [];
  for (const [i, { manifest, isRetained }] of plan.entities.entries()) {
    const labels = { [STACK]: stack, ...(isRetained ? { [RETAINED]: "true" } : {}) };
    const parsed = parseManifest({ ...manifest, labels }, i);
    if (!parsed.ok) continue;
    const entity = parsed.value;
    const present = state.entities.get(nameOf(entity))?.entity;
    const owner = present?.labels[STACK];
    if (present && owner !== stack)
      problems.push(
        problemAt(
          `${entity.kind}/${entity.id}`,
          facts.OWNED_BY_OTHERS({ owner: owner === undefined ? "no stack" : `the stack '${owner}'` }),
        ),
      );
    entities.push({ ...entity, spec: { ...entity.spec, ...(await keptMembers(entity, present)) } } as Entity);
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

/** What a stack leaves behind: it goes, but for what is retained, which is of no stack any more. */
export function leftBehind(left: readonly StoredEntity[]): { released: Entity[]; deletes: Entity[] } {
  const entities = left.map(({ entity }) => entity);
  const isRetained = ({ labels }: Entity) => labels[RETAINED] !== undefined;
  const released = entities.filter(isRetained).map((entity) => {
    const { [STACK]: _stack, [RETAINED]: _retained, ...labels } = entity.labels;
    return { ...entity, labels };
  });
  return { released, deletes: entities.filter((entity) => !isRetained(entity)) };
}

/** stackChange is what a plan writes in an account, or what keeps it from being written. */
export async function stackChange(
  state: AccountState,
  plan: StackPlan,
  stack: string,
): Promise<WantedChange & { readonly problems: readonly Problem[] }> {
  const { entities, problems } = await plannedEntities(state, plan, stack);
  const deploymentName = ({ kind, apiId, id }: StackPlan["deployments"][number]) =>
    nameOf({ kind, apiId, id });
  const present = plan.deployments.flatMap(
    (planned) => state.entities.get(deploymentName(planned))?.entity ?? [],
  );
  const named = new Set([...entities.map(nameOf), ...plan.deployments.map(deploymentName)]);
  const { released, deletes } = leftBehind(ownedBy(state, stack).filter(({ name }) => !named.has(name)));
  return {
    problems,
    entities: [...entities, ...present, ...released, stackEntity(plan, stack)],
    deletes,
    deployments: plan.deployments
      .filter((planned) => !state.entities.has(deploymentName(planned)))
      .map(({ apiId, id, description }) => ({
        apiId,
        id,
        description,
        labels: { [STACK]: stack },
        // The plan has a finding for it.
        mayBeEmpty: true,
      })),
  };
}

/** stacksOf are the stacks of an account. */
export const stacksOf = (state: AccountState): readonly Entity<"Stack">[] => state.list("Stack", "");
