import { type ApiCall, ApiError } from "./api-server.ts";
import { CONFIG_LABEL, type KubernetesObject, type ObjectRef, objectPath } from "./objects.ts";

type Json = Record<string, unknown>;
type Stored = { metadata: Json & { resourceVersion: string; finalizers?: string[] } } & Json;

/** A JSON merge patch (RFC 7396). */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Json = typeof target === "object" && target !== null ? { ...(target as Json) } : {};
  for (const [name, value] of Object.entries(patch))
    if (value === null) delete result[name];
    else result[name] = merged(result[name], value);
  return result;
}

/** MemoryApiServer keeps objects as an API server does, as far as the controller asks: lists, watches, merge patches, generations and finalizers. */
export class MemoryApiServer {
  readonly #objects = new Map<string, Stored>();
  readonly #watches = new Set<{
    readonly path: string;
    readonly selects: boolean;
    readonly push: (event: object) => void;
  }>();
  #version = 0;
  /** Writes of the controller, for specs that count them. */
  readonly patches: string[] = [];
  isAway = false;

  /** put makes an object or replaces what is given of it, as an operator does. */
  put(ref: ObjectRef, content: Json, metadata: Json = {}): void {
    const path = objectPath(ref);
    const before = this.#objects.get(path);
    const { namespace, name } = ref;
    const next = merged(before ?? { metadata: { namespace, name, uid: path, generation: 0 } }, {
      ...content,
      metadata,
    });
    this.#store(path, next as Stored, JSON.stringify(before?.spec) !== JSON.stringify((next as Stored).spec));
  }

  remove(ref: ObjectRef): void {
    const path = objectPath(ref);
    const before = this.#objects.get(path);
    if (!before) return;
    this.#store(
      path,
      merged(before, { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }) as Stored,
      true,
    );
  }

  get(ref: ObjectRef): KubernetesObject | undefined {
    return this.#objects.get(objectPath(ref)) as KubernetesObject | undefined;
  }

  #store(path: string, next: Stored, isNewGeneration: boolean): void {
    const before = this.#objects.get(path);
    const generation = Number(next.metadata.generation ?? 0) + (isNewGeneration ? 1 : 0);
    const object: Stored = {
      ...next,
      metadata: {
        ...next.metadata,
        resourceVersion: String(++this.#version),
        ...(path.includes("/tollgateconfigs/") ? { generation } : {}),
      },
    };
    const isGone =
      object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).length === 0;
    if (isGone) this.#objects.delete(path);
    else this.#objects.set(path, object);
    for (const { path: of, selects, push } of this.#watches) {
      if (!path.startsWith(`${of}/`)) continue;
      const isIn = (one: Stored | undefined) =>
        one !== undefined &&
        (!selects || (one.metadata.labels as Json | undefined)?.[CONFIG_LABEL] === "true");
      if (isIn(object) && !isGone) push({ type: isIn(before) ? "MODIFIED" : "ADDED", object });
      else if (isIn(before)) push({ type: "DELETED", object });
    }
  }

  async find<T>(call: ApiCall): Promise<T | undefined> {
    return this.call<T>(call).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    });
  }

  async call<T>({ method = "GET", path, query = {}, body }: ApiCall): Promise<T> {
    if (this.isAway) throw new ApiError(0, "Unreachable", "away");
    const own = path.replace(/\/status$/, "");
    const object = this.#objects.get(own);
    if (method === "PATCH") return this.#patch(path, own, object, body as Json) as T;
    if (object) return structuredClone(object) as T;
    if (/\/(?:tollgateconfigs|configmaps|secrets)$/.test(path)) {
      const selects = query.labelSelector !== undefined;
      const items = [...this.#objects]
        .filter(
          ([at, one]) =>
            at.startsWith(`${path}/`) &&
            (!selects || (one.metadata.labels as Json | undefined)?.[CONFIG_LABEL] === "true"),
        )
        .map(([, one]) => one);
      return structuredClone({ metadata: { resourceVersion: String(this.#version) }, items }) as T;
    }
    throw new ApiError(404, "NotFound", `${path} does not exist`);
  }

  #patch(path: string, own: string, object: Stored | undefined, body: Json): Stored {
    if (!object) throw new ApiError(404, "NotFound", `${path} does not exist`);
    const { resourceVersion } = (body.metadata ?? {}) as { resourceVersion?: string };
    if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion)
      throw new ApiError(409, "Conflict", "the object has been modified");
    this.patches.push(path);
    this.#store(own, merged(object, path === own ? body : { status: body.status }) as Stored, false);
    return structuredClone(this.#objects.get(own) ?? object);
  }

  async *lines<T>({ path, query = {}, signal }: ApiCall): AsyncGenerator<T> {
    const waiting: object[] = [];
    let wake = () => {};
    const watch = {
      path,
      selects: query.labelSelector !== undefined,
      push: (event: object) => {
        waiting.push(structuredClone(event));
        wake();
      },
    };
    this.#watches.add(watch);
    signal?.addEventListener("abort", () => wake());
    try {
      while (!signal?.aborted) {
        const next = waiting.shift();
        if (next) yield next as T;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      this.#watches.delete(watch);
    }
  }
}
