import { isKind, kindRule, type Manifest } from "@tollgate/config";
import { certificateSpecOf, pairOf } from "../certificate/pem-pair.ts";
import { Refusal } from "../refusal.ts";
import { isName, type KubernetesObject } from "./objects.ts";
import { SourceError, type StatusProblem } from "./source.ts";

type Json = Readonly<Record<string, unknown>>;

/** SecretReader reads a Secret of the namespace of an object; undefined: there is none of this name. It throws a Refusal if Secrets are not read. */
export type SecretReader = (name: string) => Promise<KubernetesObject | undefined>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The name and the key of `{ valueFrom: { secretKeyRef: { name, key } } }`; undefined: the value is something else. */
function keyReference(value: unknown): { readonly name: string; readonly key: string } | undefined {
  if (!isObject(value) || !isObject(value.valueFrom)) return undefined;
  const { secretKeyRef } = value.valueFrom;
  if (!isObject(secretKeyRef)) return undefined;
  const { name, key } = secretKeyRef;
  return typeof name === "string" && typeof key === "string" ? { name, key } : undefined;
}

/** The Secret of `valueFrom: { secretRef: { name } }` in the spec of a Certificate. */
function pairReference(spec: Json): string | undefined {
  const { valueFrom } = spec;
  if (!isObject(valueFrom) || !isObject(valueFrom.secretRef)) return undefined;
  const { name } = valueFrom.secretRef;
  return typeof name === "string" ? name : undefined;
}

/** Resolves the references of one object, and knows what they name. */
class Resolution {
  readonly #read: SecretReader;
  readonly #names: Set<string>;
  readonly #secrets = new Map<string, Promise<KubernetesObject | undefined>>();
  readonly problems: StatusProblem[] = [];

  constructor(read: SecretReader, names: Set<string>) {
    this.#read = read;
    this.#names = names;
  }

  /** The text of a key; undefined: there is a problem. */
  async #text(name: string, key: string, path: string): Promise<string | undefined> {
    if (!isName(name)) {
      this.problems.push({ path, message: `'${name}' is not the name of a Secret` });
      return undefined;
    }
    this.#names.add(name);
    const secret = this.#secrets.get(name) ?? this.#read(name);
    this.#secrets.set(name, secret);
    const found = await secret;
    const value = found?.data?.[key];
    if (value !== undefined) return Buffer.from(value, "base64").toString("utf8");
    this.problems.push({
      path,
      message: found ? `the Secret ${name} has no key ${key}` : `there is no Secret ${name} in the namespace`,
    });
    return undefined;
  }

  async manifest(manifest: Manifest, position: number): Promise<Manifest> {
    const { kind, id, spec } = manifest;
    if (!isKind(kind) || !isObject(spec)) return manifest;
    const at = `${kind}/${id || `#${position + 1}`}`;
    const { secret } = kindRule(kind);
    if (kind === "Certificate" && pairReference(spec) !== undefined)
      return { ...manifest, spec: await this.#pair(spec, at) };
    return secret ? { ...manifest, spec: await this.#members(spec, secret.path, at) } : manifest;
  }

  async #pair(spec: Json, at: string): Promise<Json> {
    const { valueFrom: _, ...rest } = spec;
    const path = `${at}.valueFrom`;
    const name = pairReference(spec) ?? "";
    const texts = [await this.#text(name, "tls.crt", path), await this.#text(name, "tls.key", path)];
    try {
      return texts.every((text) => text !== undefined)
        ? { ...rest, ...certificateSpecOf(pairOf(texts)) }
        : rest;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.problems.push({ path, message: `the Secret ${name} ${error.message}` });
      return rest;
    }
  }

  async #members(spec: Json, [head = "", ...rest]: readonly string[], at: string): Promise<Json> {
    const changed: Record<string, unknown> = { ...spec };
    for (const name of head === "*" ? Object.keys(spec) : [head]) {
      const value = spec[name];
      const path = `${at}.${name}`;
      const reference = rest.length === 0 ? keyReference(value) : undefined;
      if (reference) changed[name] = await this.#text(reference.name, reference.key, path);
      else if (rest.length > 0 && isObject(value)) changed[name] = await this.#members(value, rest, path);
    }
    return changed;
  }
}

/**
 * resolveSecrets puts what manifests refer to into them: `{ valueFrom: { secretKeyRef: { name, key } } }` instead of a secret member, such as the value of an
 * API key, and `valueFrom: { secretRef: { name } }` in the spec of a Certificate for a Secret of type kubernetes.io/tls. Other members are not resolved: who
 * may not read Secrets could read them there. Adds the names of these Secrets to `names`, whether they exist or not. It throws a SourceError.
 */
export async function resolveSecrets(
  manifests: readonly Manifest[],
  read: SecretReader,
  names: Set<string>,
): Promise<readonly Manifest[]> {
  const resolution = new Resolution(read, names);
  const resolved: Manifest[] = [];
  for (const [i, manifest] of manifests.entries()) resolved.push(await resolution.manifest(manifest, i));
  if (resolution.problems.length > 0) throw new SourceError(resolution.problems);
  return resolved;
}
