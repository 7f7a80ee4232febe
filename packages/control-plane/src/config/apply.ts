import { type Entity, nameOf, type Problem, parseManifest, parseSpecJson, problemAt } from "@tollgate/config";
import type { Operator } from "@tollgate/proto/access";
import type { ApplyRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { changeAccount } from "../change/change.ts";
import { facts } from "../facts.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { Refusal } from "../refusal.ts";
import { refuse } from "./refuse.ts";
import { accountOf, toProtoChange } from "./wire.ts";

/** parseEntities parses every entity of a request, or refuses the request with all problems. */
export function parseEntities(request: {
  readonly entities: readonly Pick<
    ApplyRequest["entities"][number],
    "kind" | "apiId" | "id" | "labels" | "specJson"
  >[];
}): Entity[] {
  const problems: Problem[] = [];
  const entities = new Map<string, Entity>();
  for (const [i, { kind, apiId, id, labels, specJson }] of request.entities.entries()) {
    const at = `${kind || "Entity"}/${id || `#${i + 1}`}`;
    const spec = parseSpecJson(specJson, at);
    if (!spec.ok) {
      problems.push(...spec.problems);
      continue;
    }
    const parsed = parseManifest({ kind, apiId, id, labels, spec: spec.value }, i);
    if (!parsed.ok) {
      problems.push(...parsed.problems);
      continue;
    }
    const name = nameOf(parsed.value);
    if (entities.has(name)) problems.push(problemAt(at, facts.IN_REQUEST_TWICE()));
    entities.set(name, parsed.value);
  }
  if (problems.length > 0) refuse(problems);
  return [...entities.values()];
}

/** prunedOf returns the entities with the labels of a prune that the request does not contain. */
function prunedOf(state: AccountState, request: ApplyRequest, entities: readonly Entity[]): Entity[] {
  if (!request.prune) return [];
  const wanted = Object.entries(request.prune.labels);
  if (wanted.length === 0)
    throw new Refusal(
      "invalid",
      "prune.labels is empty: set the labels of the entities to delete, or leave prune out",
    );
  const named = new Set(entities.map(nameOf));
  return [...state.entities.values()]
    .filter(
      ({ name, entity }) => !named.has(name) && wanted.every(([key, value]) => entity.labels[key] === value),
    )
    .map(({ entity }) => entity);
}

/** apply implements ConfigService.Apply: it writes all entities in one transaction, or reports every problem and writes nothing. */
export async function apply(application: Application, request: ApplyRequest, operator: Operator) {
  const accountId = accountOf(request.accountId);
  const { dryRun } = request;
  const entities = parseEntities(request);
  const outcome = await changeAccount(application, {
    accountId,
    asker: operator,
    expectedRevision: Number(request.expectedRevision),
    dryRun,
    want: (state) => ({ entities, deletes: prunedOf(state, request, entities) }),
  });
  return toProtoChange(application.mirror.account(accountId), outcome, dryRun);
}
