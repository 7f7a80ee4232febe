import { isKind, kindRule, type Manifest } from "@tollgate/config";
import { ManifestTextError, parseManifests, toManifest } from "@tollgate/config/manifest-text";
import { ANNOTATIONS, type KubernetesObject, type ObjectRef } from "./objects.ts";

/** StatusProblem is what is wrong with an object, as its status has it. */
export interface StatusProblem {
  /** A member of the object, such as spec.manifests[2], or of an entity, such as RestApi/shop000001.spec.name. */
  readonly path: string;
  readonly message: string;
}

/** Source is what an object asks for. */
export interface Source {
  /** undefined: the account of its namespace. */
  readonly account: string | undefined;
  readonly manifests: readonly Manifest[];
  /** Whether its entities stay when it is deleted. */
  readonly isOrphaning: boolean;
  readonly isDryRun: boolean;
}

/** SourceError has everything that keeps an object from being read. */
export class SourceError extends Error {
  readonly problems: readonly StatusProblem[];

  constructor(problems: readonly StatusProblem[]) {
    super(problems.map(({ path, message }) => `${path}: ${message}`).join("; "));
    this.problems = problems;
  }
}

/** The spec of a TollgateConfig, as its definition has the API server check it. */
interface TollgateConfigSpec {
  readonly account?: string;
  readonly deletionPolicy?: "Delete" | "Orphan";
  readonly dryRun?: boolean;
  readonly manifests?: readonly unknown[];
  readonly inline?: string;
}

/** Collects the manifests of one place after the other, and what is wrong with them. */
class Reading {
  readonly manifests: Manifest[] = [];
  readonly problems: StatusProblem[] = [];

  /** `read` gets the path of the place, with which the message of its error begins. */
  add(path: string, read: (at: string) => readonly Manifest[]): void {
    try {
      this.manifests.push(...read(path));
    } catch (error) {
      if (!(error instanceof ManifestTextError)) throw error;
      const [at = path, message = error.message] = splitOnce(error.message, ": ");
      this.problems.push({ path: at, message });
    }
  }

  /** An id that is made anew each time would make a new entity each time. */
  checkIds(): void {
    for (const [i, { kind, id }] of this.manifests.entries())
      if (!id && isKind(kind) && kindRule(kind).id.only === undefined)
        this.problems.push({
          path: `${kind}/#${i + 1}.id`,
          message: "is missing: entities of an object need ids, by which they are found again",
        });
  }

  done(source: Omit<Source, "manifests">): Source {
    this.checkIds();
    if (this.manifests.length === 0 && this.problems.length === 0)
      this.problems.push({ path: "", message: "has no manifests" });
    if (this.problems.length > 0) throw new SourceError(this.problems);
    return { ...source, manifests: this.manifests };
  }
}

function splitOnce(text: string, by: string): readonly [string, string] | [] {
  const at = text.indexOf(by);
  return at < 0 ? [] : [text.slice(0, at), text.slice(at + by.length)];
}

function readTollgateConfig({ spec = {} }: KubernetesObject): Source {
  const { account, deletionPolicy, dryRun, manifests = [], inline } = spec as TollgateConfigSpec;
  const reading = new Reading();
  for (const [i, manifest] of manifests.entries())
    reading.add(`spec.manifests[${i}]`, (at) => [toManifest(manifest, at)]);
  if (inline !== undefined) reading.add("spec.inline", (at) => parseManifests(inline, at));
  return reading.done({ account, isOrphaning: deletionPolicy === "Orphan", isDryRun: dryRun === true });
}

/** Each key of a ConfigMap or a Secret is a text of manifests. */
function readTexts(object: KubernetesObject, textOf: (value: string) => string): Source {
  const { annotations = {} } = object.metadata;
  const reading = new Reading();
  for (const [key, value] of Object.entries(object.data ?? {}))
    reading.add(`data.${key}`, (at) => parseManifests(textOf(value), at));
  const policy = annotations[ANNOTATIONS.deletionPolicy];
  if (policy !== undefined && policy !== "Delete" && policy !== "Orphan")
    reading.problems.push({
      path: `metadata.annotations.${ANNOTATIONS.deletionPolicy}`,
      message: `'${policy}' must be Delete or Orphan`,
    });
  return reading.done({
    account: annotations[ANNOTATIONS.account],
    isOrphaning: policy === "Orphan",
    isDryRun: annotations[ANNOTATIONS.dryRun] === "true",
  });
}

const fromBase64 = (value: string): string => Buffer.from(value, "base64").toString("utf8");

/** readSource reads what an object asks for. It throws a SourceError with everything that is wrong. */
export function readSource({ kind }: Pick<ObjectRef, "kind">, object: KubernetesObject): Source {
  if (kind === "TollgateConfig") return readTollgateConfig(object);
  return readTexts(object, kind === "Secret" ? fromBase64 : (text) => text);
}

/** isOrphaning is whether the entities of an object stay when it is deleted, also where the rest of it cannot be read. */
export function isOrphaning(
  { kind }: Pick<ObjectRef, "kind">,
  { metadata, spec }: KubernetesObject,
): boolean {
  const policy =
    kind === "TollgateConfig"
      ? (spec as TollgateConfigSpec | undefined)?.deletionPolicy
      : metadata.annotations?.[ANNOTATIONS.deletionPolicy];
  return policy === "Orphan";
}

/** accountFor is the account of an object, one of those that its namespace may use. */
export function accountFor(
  { account }: Pick<Source, "account">,
  { namespace }: Pick<ObjectRef, "namespace">,
  allowed: readonly string[],
): string {
  const [first] = allowed;
  const wrong = (message: string) => new SourceError([{ path: "account", message }]);
  if (first === undefined)
    throw wrong(`the namespace ${namespace} has no account: set one in TOLLGATE_KUBERNETES_ACCOUNTS`);
  if (account === undefined) return first;
  if (!allowed.includes(account))
    throw wrong(
      `'${account}' is not an account of the namespace ${namespace}, which has ${allowed.join(", ")}: set it in TOLLGATE_KUBERNETES_ACCOUNTS`,
    );
  return account;
}
