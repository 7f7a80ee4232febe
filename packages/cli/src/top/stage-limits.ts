import { isStage, type Kind } from "@tollgate/config";
import type { Entity } from "@tollgate/proto/control";

interface RestApiSpec {
  readonly name: string;
}
interface Throttled {
  readonly throttlingRateLimit?: number;
}
interface StageSpec {
  readonly methodSettings?: Readonly<Record<string, Throttled>>;
  readonly defaultRouteSettings?: Throttled;
}

const specOf = <T>({ specJson }: Entity): T => JSON.parse(specJson) as T;

/** StageLimits are the calls a second that whole stages may have, by what their metrics have: the name of a REST API or the id of another, and the stage. */
export type StageLimits = ReadonlyMap<string, number>;

/** stageLimits reads them from the APIs and stages of an account. Metrics of REST APIs that share a name are one, so their stages have no limit of their own. */
export function stageLimits(entities: readonly Entity[]): StageLimits {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const entity of entities)
    if (entity.kind === "RestApi") {
      const { name } = specOf<RestApiSpec>(entity);
      names.set(entity.apiId || entity.id, name);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  const limits = new Map<string, number>();
  for (const entity of entities) {
    if (!isStage(entity.kind as Kind)) continue;
    const { methodSettings, defaultRouteSettings } = specOf<StageSpec>(entity);
    const { throttlingRateLimit } = methodSettings?.["*/*"] ?? defaultRouteSettings ?? {};
    const api = names.get(entity.apiId) ?? entity.apiId;
    if (throttlingRateLimit === undefined || (counts.get(api) ?? 0) > 1) continue;
    limits.set(`${api}\n${entity.id}`, throttlingRateLimit);
  }
  return limits;
}
