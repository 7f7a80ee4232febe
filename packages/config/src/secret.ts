import type { Entity } from "./entity.ts";
import { type Kind, kindRule } from "./kind.ts";

/** Replaces one secret; undefined removes it. */
type Replace = (value: string | undefined, path: readonly string[]) => string | undefined;

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null;

function replaceAt(spec: Json, path: readonly string[], done: readonly string[], replace: Replace): Json {
  const [head = "", ...rest] = path;
  const names = head === "*" ? Object.keys(spec) : [head];
  let changed: Record<string, unknown> | undefined;
  for (const name of names) {
    const before = spec[name];
    const at = [...done, name];
    const after =
      rest.length > 0
        ? isObject(before)
          ? replaceAt(before, rest, at, replace)
          : before
        : replace(typeof before === "string" ? before : undefined, at);
    if (after === before) continue;
    changed ??= { ...spec };
    if (after === undefined) delete changed[name];
    else changed[name] = after;
  }
  return changed ?? spec;
}

/** mapSecrets replaces every secret member of a spec; a spec of a kind without secrets is returned unchanged. */
export function mapSecrets<S>(kind: Kind, spec: S, replace: Replace): S {
  const { secret } = kindRule(kind);
  return secret ? (replaceAt(spec as Json, secret.path, [], replace) as S) : spec;
}

/** deferSecrets replaces every secret member of a spec, in place, by one that is opened when it is first read. */
export function deferSecrets(
  kind: Kind,
  spec: object,
  open: (sealed: string, path: readonly string[]) => string,
): void {
  mapSecrets(kind, spec, (sealed, path) => {
    const holder = valueAt(spec, path.slice(0, -1)) as object;
    const name = path.at(-1) ?? "";
    const common = { configurable: true, enumerable: true };
    if (sealed !== undefined)
      Object.defineProperty(holder, name, {
        ...common,
        get() {
          const value = open(sealed, path);
          Object.defineProperty(holder, name, { ...common, writable: true, value });
          return value;
        },
      });
    return sealed;
  });
}

/** hasSecrets reports whether entities of a kind contain secrets, which must not be shown. */
export const hasSecrets = (kind: Kind): boolean => kindRule(kind).secret !== undefined;

const valueAt = (spec: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), spec);

/** completeSecrets adds the secrets that an author left out: the stored ones, else new ones. */
export function completeSecrets<E extends Entity>(entity: E, stored: Entity | undefined): E {
  const { secret } = kindRule(entity.kind);
  if (!secret) return entity;
  const spec = mapSecrets(entity.kind, entity.spec, (value, path) => {
    if (value !== undefined) return value;
    const known = valueAt(stored?.spec, path);
    return typeof known === "string" ? known : secret.make?.();
  });
  return { ...entity, spec };
}
