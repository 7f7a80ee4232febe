import type { Logger } from "@tollgate/telemetry";
import type { Application } from "../application.ts";
import { ApiError, type ApiServer } from "./api-server.ts";
import type { KubernetesSettings } from "./kubernetes-settings.ts";
import { NotLeading, ObjectChanges } from "./object-changes.ts";
import {
  CONFIG_LABEL,
  hasFinalizer,
  isLabelled,
  type KubernetesMeta,
  type ObjectKind,
  type ObjectRef,
  ownerOf,
  parseOwner,
} from "./objects.ts";
import { OwnedEntities } from "./owned-entities.ts";
import { Blocked, Reconciler } from "./reconciler.ts";
import { Watched } from "./watched.ts";
import { WorkQueue } from "./work-queue.ts";

/** Objects that are worked on at the same time: changes that wait are committed together. */
const AT_ONCE = 8;
const RETRY_FIRST_MS = 1_000;
const RETRY_MOST_MS = 60_000;
/** Nodes say that they have a revision one after the other. */
const NODES_MS = 300;

export interface LeadershipOptions {
  readonly api: ApiServer;
  readonly application: Application;
  readonly settings: KubernetesSettings;
  readonly isLeading: () => boolean;
  readonly logger: Pick<Logger, "info" | "warn">;
}

/** A new status is no change; a finalizer that somebody has taken off is put on again. */
const isSame = (before: KubernetesMeta | undefined, after: KubernetesMeta | undefined): boolean =>
  before?.uid === after?.uid &&
  before?.generation === after?.generation &&
  before?.deletionTimestamp === after?.deletionTimestamp &&
  (!before || !after || !hasFinalizer(before) || hasFinalizer(after));

/** Leadership watches objects and works on them while this process leads. Another one has done so before: it begins with all of them. */
export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #owned: OwnedEntities;
  #current: Term | undefined;

  constructor(options: LeadershipOptions) {
    this.#options = options;
    const { application } = options;
    this.#owned = new OwnedEntities({
      accounts: () => application.mirror.accounts,
      onChange: (owner) => this.#current?.add(owner),
      onCommit: () => this.#current?.hurry(),
    });
    this.#owned.reset();
    application.mirror.listen(this.#owned);
  }

  /** follow starts or stops the work, as this process leads or not. */
  async follow(isLeading: boolean): Promise<void> {
    if (isLeading === (this.#current !== undefined)) return;
    const ended = this.#current;
    this.#current = isLeading ? new Term(this.#options, this.#owned) : undefined;
    await ended?.[Symbol.asyncDispose]();
  }
}

function reportFailure(logger: LeadershipOptions["logger"], object: string, error: unknown): void {
  // Its status says why, or that of the process that leads.
  if (error instanceof Blocked || error instanceof NotLeading) return;
  // Somebody else has changed the object at the same time: the next look sees it.
  if (error instanceof ApiError && error.status === 409) return;
  logger.warn({ err: error, object }, "an object could not be applied; it is tried again");
}

const watchedKinds = ({ readsSecrets }: KubernetesSettings): readonly ObjectKind[] => [
  "TollgateConfig",
  "ConfigMap",
  ...(readsSecrets ? (["Secret"] as const) : []),
];

/** Term is the time in which this process leads. */
class Term implements AsyncDisposable {
  readonly #ended = new AbortController();
  readonly #watched: readonly { readonly kind: ObjectKind; readonly watched: Watched }[];
  readonly #watching: Promise<unknown>;
  readonly #reconciler: Reconciler;
  readonly #queue: WorkQueue;
  readonly #stopFollowing: () => void;
  readonly #namespaces: KubernetesSettings["namespaces"];
  #following: NodeJS.Timeout | undefined;

  constructor({ api, application, settings, isLeading, logger }: LeadershipOptions, owned: OwnedEntities) {
    this.#namespaces = settings.namespaces;
    const changes = new ObjectChanges({
      application,
      owned,
      role: settings.role,
      accountsOf: settings.accountsOf,
      isLeading,
      exists: (ref) => this.#exists(ref),
    });
    this.#reconciler = new Reconciler({ api, application, changes, owned, settings, isLeading, logger });
    this.#queue = new WorkQueue({
      work: (owner) => this.#reconciler.work(owner),
      onFailure: (owner, error) => reportFailure(logger, owner, error),
      atOnce: AT_ONCE,
      retryFirstMs: RETRY_FIRST_MS,
      retryMostMs: RETRY_MOST_MS,
    });
    this.#watched = watchedKinds(settings).flatMap((kind) =>
      (settings.namespaces ?? [undefined]).map((namespace) => ({
        kind,
        watched: new Watched({
          api,
          kind,
          namespace,
          // Secrets that objects refer to have no label.
          selector: kind === "ConfigMap" ? `${CONFIG_LABEL}=true` : undefined,
          onChange: (before, after) => this.#changed(kind, before, after),
          logger,
        }),
      })),
    );
    this.#watching = Promise.all(this.#watched.map(({ watched }) => watched.run(this.#ended.signal)));
    this.#stopFollowing = application.nodes.onChange(() => {
      this.#following ??= setTimeout(() => this.#followNodes(), NODES_MS).unref();
    });
    // Those whose label was taken away while nobody watched are not found otherwise.
    for (const owner of owned.owners) this.add(owner);
  }

  /** add has an object looked at from the beginning. */
  add(owner: string): void {
    const ref = parseOwner(owner);
    const isWatched = this.#watched.some(({ kind }) => kind === ref?.kind);
    if (!ref || !isWatched || this.#namespaces?.includes(ref.namespace) === false) return;
    this.#reconciler.touch(owner);
    this.#queue.add(owner);
  }

  hurry(): void {
    this.#queue.hurry();
  }

  #followNodes(): void {
    this.#following = undefined;
    for (const owner of this.#reconciler.pending) this.#queue.add(owner);
  }

  #changed(kind: ObjectKind, before: KubernetesMeta | undefined, after: KubernetesMeta | undefined): void {
    const meta = after ?? before;
    if (!meta) return;
    const { namespace, name } = meta;
    if (kind === "Secret") for (const owner of this.#reconciler.referringTo(namespace, name)) this.add(owner);
    const isSource =
      kind === "TollgateConfig" || isLabelled(meta) || hasFinalizer(meta) || (before && isLabelled(before));
    if (!isSource) return;
    if (kind === "TollgateConfig" && isSame(before, after)) return;
    this.add(ownerOf({ kind, namespace, name }));
  }

  /** Whether an object is there, as far as is known: where nothing is known of its kind or namespace, it is. */
  #exists({ kind, namespace, name }: ObjectRef): boolean {
    const own = this.#watched.filter((one) => one.kind === kind);
    if (own.some(({ watched }) => watched.has(namespace, name))) return true;
    return !own.some(({ watched }) => watched.covers(namespace));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    this.#stopFollowing();
    clearTimeout(this.#following);
    await this.#watching;
    await this.#queue[Symbol.asyncDispose]();
  }
}
