import type { Logger } from "@tollgate/telemetry";
import { ApiError, type ApiServer } from "./api-server.ts";
import { BackOff } from "./back-off.ts";
import { CONFIG_LABEL, collectionPath, type KubernetesMeta, type ObjectKind } from "./objects.ts";

const PAGE = 500;
/** The API server ends a watch after this time, or up to twice as long: all of them begin again at different times. */
const WATCH_SECONDS = 240;
const SHORT_MS = 1_000;
const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 30_000;
const GONE = 410;

type Event =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK"; readonly object: Listed }
  | {
      readonly type: "ERROR";
      readonly object: { readonly code: number; readonly reason: string; readonly message: string };
    };

interface Listed {
  readonly metadata: KubernetesMeta;
}

interface Page {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly Listed[];
}

/** What of the metadata is kept: annotations and managed fields may be large. */
const kept = ({
  namespace,
  name,
  uid,
  resourceVersion,
  generation,
  deletionTimestamp,
  labels,
  finalizers,
}: KubernetesMeta): KubernetesMeta => ({
  namespace,
  name,
  uid,
  resourceVersion,
  ...(generation === undefined ? {} : { generation }),
  ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  ...(labels?.[CONFIG_LABEL] === undefined ? {} : { labels: { [CONFIG_LABEL]: labels[CONFIG_LABEL] } }),
  ...(finalizers === undefined ? {} : { finalizers }),
});

export interface WatchedOptions {
  readonly api: ApiServer;
  readonly kind: ObjectKind;
  /** undefined: all namespaces. */
  readonly namespace: string | undefined;
  /** A label selector; undefined: all objects. */
  readonly selector: string | undefined;
  /** An object is new, has changed or is gone, in which case `after` is undefined. */
  readonly onChange: (before: KubernetesMeta | undefined, after: KubernetesMeta | undefined) => void;
  readonly logger: Pick<Logger, "warn" | "info">;
}

/**
 * Watched is the metadata of the objects of a kind, as a list and a watch keep it (Kubernetes API concepts: efficient detection of changes). A watch that ends
 * goes on from the version that it has seen last; where the API server has forgotten that (410 Gone), all objects are listed again, and what is different is
 * reported: nothing is missed, however long the API server was away.
 */
export class Watched {
  readonly #options: WatchedOptions;
  readonly #objects = new Map<string, KubernetesMeta>();
  /** undefined: they have to be listed. */
  #version: string | undefined;
  #isListed = false;

  constructor(options: WatchedOptions) {
    this.#options = options;
  }

  /** Whether it would have an object of a namespace, if there were one. */
  covers(namespace: string): boolean {
    return this.#isListed && (this.#options.namespace ?? namespace) === namespace;
  }

  has(namespace: string, name: string): boolean {
    return this.#objects.has(`${namespace}/${name}`);
  }

  /** run lists and watches until the signal is given. What fails is reported once until it succeeds, and tried again. */
  async run(signal: AbortSignal): Promise<void> {
    const backOff = new BackOff(RETRY_FIRST_MS, RETRY_MOST_MS);
    let failure = "";
    const succeeded = () => {
      backOff.reset();
      if (failure !== "") this.#options.logger.info({ objects: this.#what }, "objects are watched again");
      failure = "";
    };
    while (!signal.aborted)
      try {
        if (this.#version === undefined) await this.#list(signal);
        succeeded();
        const startMs = performance.now();
        await this.#watch(signal, succeeded);
        // Where something in between ends each watch at once, nobody is asked without a pause.
        if (performance.now() - startMs < SHORT_MS) await backOff.wait(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ApiError && error.status === GONE) {
          this.#version = undefined;
          continue;
        }
        if (!(error instanceof ApiError)) this.#version = undefined;
        const message = String(error);
        if (message !== failure)
          this.#options.logger.warn(
            { err: error, objects: this.#what },
            "objects cannot be watched; it is tried again",
          );
        failure = message;
        await backOff.wait(signal);
      }
  }

  get #what(): string {
    const { kind, namespace } = this.#options;
    return `${kind} in ${namespace ?? "all namespaces"}`;
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { api, kind, namespace, selector } = this.#options;
    const found = new Map<string, KubernetesMeta>();
    for (let next = ""; ; ) {
      const page: Page = await api.call<Page>({
        path: collectionPath(kind, namespace),
        query: {
          limit: String(PAGE),
          ...(selector === undefined ? {} : { labelSelector: selector }),
          ...(next === "" ? {} : { continue: next }),
        },
        onlyMetadata: "list",
        signal,
      });
      for (const { metadata } of page.items)
        found.set(`${metadata.namespace}/${metadata.name}`, kept(metadata));
      next = page.metadata.continue ?? "";
      if (next !== "") continue;
      for (const [key, before] of this.#objects) if (!found.has(key)) this.#put(key, before, undefined);
      for (const [key, after] of found) this.#put(key, this.#objects.get(key), after);
      this.#version = page.metadata.resourceVersion;
      this.#isListed = true;
      return;
    }
  }

  #put(key: string, before: KubernetesMeta | undefined, after: KubernetesMeta | undefined): void {
    if (after) this.#objects.set(key, after);
    else this.#objects.delete(key);
    if (before?.resourceVersion !== after?.resourceVersion || before?.uid !== after?.uid)
      this.#options.onChange(before, after);
  }

  async #watch(signal: AbortSignal, succeeded: () => void): Promise<void> {
    const { api, kind, namespace, selector } = this.#options;
    const timeoutSeconds = Math.round(WATCH_SECONDS * (1 + Math.random()));
    const events = api.lines<Event>({
      path: collectionPath(kind, namespace),
      query: {
        watch: "true",
        allowWatchBookmarks: "true",
        timeoutSeconds: String(timeoutSeconds),
        resourceVersion: this.#version ?? "",
        ...(selector === undefined ? {} : { labelSelector: selector }),
      },
      onlyMetadata: "one",
      signal,
    });
    for await (const event of events) {
      if (event.type === "ERROR") {
        const { code, reason, message } = event.object;
        throw new ApiError(code, reason, message);
      }
      succeeded();
      const { metadata } = event.object;
      if (event.type !== "BOOKMARK") {
        const key = `${metadata.namespace}/${metadata.name}`;
        const after = event.type === "DELETED" ? undefined : kept(metadata);
        this.#put(key, this.#objects.get(key), after);
      }
      this.#version = metadata.resourceVersion;
    }
  }
}
