import { canonicalJson, digestOf, type Problem } from "@tollgate/config";
import type { Logger } from "@tollgate/telemetry";
import type { Application } from "../application.ts";
import type { ChangeOutcome } from "../change/wanted-change.ts";
import { Refusal, type RefusalReason } from "../refusal.ts";
import type { ApiServer } from "./api-server.ts";
import type { KubernetesSettings } from "./kubernetes-settings.ts";
import { progressOf } from "./node-progress.ts";
import type { ObjectChanges } from "./object-changes.ts";
import { type ObjectStatus, type Outcome, type StatusFacts, statusOf } from "./object-status.ts";
import { ObjectWrites, statusIn } from "./object-writes.ts";
import {
  hasFinalizer,
  isLabelled,
  type KubernetesObject,
  type ObjectRef,
  objectPath,
  ownerOf,
  parseOwner,
} from "./objects.ts";
import type { OwnedEntities } from "./owned-entities.ts";
import { resolveSecrets } from "./secret-references.ts";
import { accountFor, isOrphaning, readSource, SourceError, type StatusProblem } from "./source.ts";

/** Everything is looked at again so often, or a little later: what was missed is made good then. */
const RESYNC_MS = 10 * 60_000;
const DIGEST_CHARS = 16;
/** Reasons that end without a change of the object: a store that is away comes back. */
const PASSING: ReadonlySet<RefusalReason> = new Set(["unavailable", "conflict", "timeout"]);

/** Blocked is thrown when an object was refused, which its status says: it is tried again. */
export class Blocked extends Error {}

export interface ReconcilerOptions {
  readonly api: Pick<ApiServer, "call" | "find">;
  readonly application: Application;
  readonly changes: ObjectChanges;
  readonly owned: OwnedEntities;
  readonly settings: Pick<KubernetesSettings, "accountsOf" | "readsSecrets">;
  /** Whether this process still leads: it writes nothing otherwise. */
  readonly isLeading: () => boolean;
  readonly logger: Pick<Logger, "info" | "warn">;
}

/** What is known of an object that was looked at. */
interface Known {
  /** When everything of it was looked at, by a clock that never goes back. */
  readonly lookedMs: number;
  readonly status: ObjectStatus;
  readonly outcome: Outcome;
}

const toStatusProblems = (problems: readonly Problem[]): readonly StatusProblem[] =>
  problems.map(({ path, message }) => ({ path, message }));

function refusedOf(error: unknown): Outcome {
  if (error instanceof SourceError)
    return {
      state: "refused",
      reason: "Invalid",
      message: "nothing was changed",
      problems: error.problems,
      isFinal: true,
    };
  if (!(error instanceof Refusal)) throw error;
  const { reason, message, problems } = error;
  const isFinal = !PASSING.has(reason);
  const word = reason === "invalid" ? "Invalid" : isFinal ? "Refused" : "Unavailable";
  const shown = problems.length > 0 ? toStatusProblems(problems) : [{ path: "", message }];
  return {
    state: "refused",
    reason: word,
    message: problems.length > 0 ? "nothing was changed" : message,
    problems: isFinal ? shown : [],
    isFinal,
  };
}

function plan({ entities }: ChangeOutcome): string {
  const count = (action: string) => entities.filter((one) => one.action === action).length;
  return `nothing was written: ${count("created")} entities would be created, ${count("updated")} updated, ${count("deleted")} deleted`;
}

/** Reconciler makes the account of an object as the object says, and says in the object what became of it. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #writes: ObjectWrites;
  readonly #known = new Map<string, Known>();
  /** Secrets that objects refer to, by object: namespace/name. */
  readonly #secrets = new Map<string, ReadonlySet<string>>();
  /** Objects of which more than the progress on nodes may have changed. */
  readonly #changed = new Set<string>();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#writes = new ObjectWrites(options.api);
  }

  /** touch notes that an object, or what it is made of, may have changed. */
  touch(owner: string): void {
    this.#changed.add(owner);
  }

  /** referringTo are the objects that refer to a Secret. */
  referringTo(namespace: string, name: string): readonly string[] {
    const secret = `${namespace}/${name}`;
    return [...this.#secrets].flatMap(([owner, names]) => (names.has(secret) ? [owner] : []));
  }

  /** pending are the objects whose revision is not on all nodes yet. */
  get pending(): readonly string[] {
    return [...this.#known].flatMap(([owner, { status, outcome }]) =>
      outcome.state === "applied" &&
      status.conditions.some(({ type, reason }) => type === "Ready" && reason !== "Applied")
        ? [owner]
        : [],
    );
  }

  /** work brings one object up to date, and returns when it is looked at again. It throws Blocked if the object was refused. */
  async work(owner: string): Promise<number | undefined> {
    const ref = parseOwner(owner);
    if (!ref || !this.#options.isLeading()) return undefined;
    const known = this.#known.get(owner);
    const isDue = known !== undefined && performance.now() - known.lookedMs >= RESYNC_MS;
    if (known?.outcome.state === "applied" && !this.#changed.has(owner) && !isDue) {
      await this.#followNodes(ref, known);
      return RESYNC_MS;
    }
    this.#changed.delete(owner);
    try {
      await this.#reconcile(ref);
    } catch (error) {
      this.#changed.add(owner);
      throw error;
    }
    return this.#known.has(owner) ? RESYNC_MS * (1 + Math.random() / 4) : undefined;
  }

  async #reconcile(ref: ObjectRef): Promise<void> {
    const object = await this.#options.api.find<KubernetesObject>({ path: objectPath(ref) });
    if (!object) return this.#forget(ref);
    const { metadata } = object;
    const isSource = ref.kind === "TollgateConfig" || isLabelled(metadata);
    if (metadata.deletionTimestamp !== undefined || !isSource) return this.#remove(ref, object);
    const facts = this.#factsOf(ref, object);
    const names = new Set<string>();
    try {
      const source = readSource(ref, object);
      const account = accountFor(source, ref, this.#options.settings.accountsOf(ref.namespace));
      const manifests = await resolveSecrets(source.manifests, this.#secretReader(ref), names);
      const counted = { ...facts, account, entities: manifests.length };
      const { changes } = this.#options;
      // What is refused before it was ever applied gets no finalizer: nobody would find it to take that off, once its label is gone.
      if (source.isDryRun || !hasFinalizer(object.metadata)) {
        const planned = await changes.apply(ref, account, manifests, true);
        if (source.isDryRun)
          return await this.#write(ref, object, counted, { state: "dry-run", message: plan(planned) });
      }
      const kept = await this.#writes.addFinalizer(ref, object);
      await this.#writeApplied(ref, kept, counted, await changes.apply(ref, account, manifests, false));
    } catch (error) {
      const outcome = refusedOf(error);
      await this.#write(ref, object, facts, outcome);
      throw new Blocked(String((error as Error).message));
    } finally {
      const own = [...names].map((name) => `${ref.namespace}/${name}`);
      if (own.length > 0) this.#secrets.set(ownerOf(ref), new Set(own));
      else this.#secrets.delete(ownerOf(ref));
    }
  }

  async #writeApplied(
    ref: ObjectRef,
    object: KubernetesObject,
    facts: StatusFacts,
    change: ChangeOutcome,
  ): Promise<void> {
    const { application, owned } = this.#options;
    const before = statusIn(ref, object);
    const isChanged = change.entities.some(({ action }) => action !== "unchanged");
    // The revision that has it is not the last one of an account that others change.
    const wasAt = before?.revision ?? 0;
    const revision = isChanged || wasAt === 0 || wasAt > change.revision ? change.revision : wasAt;
    const wasNotDeployed = before?.conditions.some(({ reason }) => reason === "NotDeployed") ?? false;
    // What could not be deployed is reported by the change, not by the looks at it afterwards.
    const notDeployed =
      !isChanged && wasNotDeployed ? (before?.problems ?? []) : toStatusProblems(change.autoDeployProblems);
    const refs = owned.of(ownerOf(ref), facts.account);
    const progress = progressOf(application, revision, facts.account, refs);
    await this.#write(ref, object, { ...facts, revision }, { state: "applied", notDeployed, progress });
  }

  /** Writes how far an applied object is on the nodes. */
  async #followNodes(ref: ObjectRef, { status, outcome, lookedMs }: Known): Promise<void> {
    if (outcome.state !== "applied") return;
    const { application, owned } = this.#options;
    const { revision, account } = status;
    const progress = progressOf(application, revision, account, owned.of(ownerOf(ref), account));
    await this.#patchStatus(ref, status, { ...outcome, progress }, status, lookedMs);
  }

  /** The parts of a status that are not decided anew. */
  #factsOf(ref: ObjectRef, object: KubernetesObject): StatusFacts {
    const { revision = 0, entities = 0, account = "" } = statusIn(ref, object) ?? {};
    const observedGeneration = object.metadata.generation ?? 0;
    const observedDigest =
      ref.kind === "TollgateConfig" ? "" : digestOf(canonicalJson(object.data ?? {})).slice(0, DIGEST_CHARS);
    return { observedGeneration, observedDigest, account, revision, entities };
  }

  #write(ref: ObjectRef, object: KubernetesObject, facts: StatusFacts, outcome: Outcome): Promise<void> {
    return this.#patchStatus(ref, facts, outcome, statusIn(ref, object));
  }

  /** Writes a status, unless it is in the object already. */
  async #patchStatus(
    ref: ObjectRef,
    facts: StatusFacts,
    outcome: Outcome,
    before: ObjectStatus | undefined,
    lookedMs = performance.now(),
  ): Promise<void> {
    const { observedGeneration, observedDigest, account, revision, entities } = facts;
    const own = { observedGeneration, observedDigest, account, revision, entities };
    const status = statusOf(own, outcome, before, new Date().toISOString().replace(/\.\d+/, ""));
    if (!before || canonicalJson(before) !== canonicalJson(status)) await this.#writes.setStatus(ref, status);
    this.#known.set(ownerOf(ref), { lookedMs, status, outcome });
  }

  /** Deletes what an object has applied, and lets the object go. */
  async #remove(ref: ObjectRef, object: KubernetesObject): Promise<void> {
    const { metadata } = object;
    if (!hasFinalizer(metadata)) return this.#forget(ref);
    try {
      await this.#options.changes.remove(ref, isOrphaning(ref, object));
    } catch (error) {
      const refused = refusedOf(error);
      const outcome = refused.state === "refused" ? { ...refused, message: "nothing was deleted" } : refused;
      await this.#write(ref, object, this.#factsOf(ref, object), outcome);
      throw new Blocked(String((error as Error).message));
    }
    await this.#writes.removeFinalizer(ref, object);
    this.#forget(ref);
  }

  #forget(ref: ObjectRef): void {
    const owner = ownerOf(ref);
    this.#known.delete(owner);
    this.#secrets.delete(owner);
    this.#changed.delete(owner);
  }

  #secretReader({ namespace }: ObjectRef) {
    const { api, settings } = this.#options;
    return async (name: string): Promise<KubernetesObject | undefined> => {
      if (!settings.readsSecrets)
        throw new Refusal("not-configured", "Secrets are not read: TOLLGATE_KUBERNETES_SECRETS is off");
      return api.find<KubernetesObject>({ path: objectPath({ kind: "Secret", namespace, name }) });
    };
  }
}
