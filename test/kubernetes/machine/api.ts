import { Agent, fetch } from "undici";

/** What all objects of Kubernetes have. */
export interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
}

export interface ApiObject {
  readonly metadata: Meta;
}

interface Listed<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "ERROR";
  readonly object: T;
}

/** ApiError is a request that the API server refused. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const MERGE_PATCH = "application/merge-patch+json";

/** ApiServer is a client of an API server on this machine, whose certificate nobody vouches for. */
export class ApiServer implements AsyncDisposable {
  readonly #url: string;
  readonly #token: string;
  readonly #over = new AbortController();
  // Watches last: neither their headers nor their bodies are late.
  readonly #agent = new Agent({
    connect: { rejectUnauthorized: false },
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  async #request(method: string, path: string, body?: unknown, type = "application/json") {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      dispatcher: this.#agent,
      signal: this.#over.signal,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok)
      throw new ApiError(
        response.status,
        `${method} ${path}: ${response.status} ${(await response.text()).slice(0, 500)}`,
      );
    return response;
  }

  async get<T>(path: string): Promise<T> {
    return (await (await this.#request("GET", path)).json()) as T;
  }

  async create(path: string, body: unknown): Promise<void> {
    await (await this.#request("POST", path, body)).arrayBuffer();
  }

  /** Changes members of an object; null removes one. */
  async change(path: string, body: unknown): Promise<void> {
    await (await this.#request("PATCH", path, body, MERGE_PATCH)).arrayBuffer();
  }

  async remove(path: string, body: unknown): Promise<void> {
    await (await this.#request("DELETE", path, body)).arrayBuffer();
  }

  /** Calls `seen` with each object of a list, again whenever one changes, and with `isGone` when it is removed, until the client is disposed. */
  follow<T extends ApiObject>(path: string, seen: (object: T, isGone: boolean) => void): void {
    void this.#follow(path, seen).catch((error: unknown) => {
      if (!this.#over.signal.aborted) throw error;
    });
  }

  async #follow<T extends ApiObject>(
    path: string,
    seen: (object: T, isGone: boolean) => void,
  ): Promise<void> {
    const known = new Map<string, T>();
    const separator = path.includes("?") ? "&" : "?";
    while (!this.#over.signal.aborted) {
      const { metadata, items } = await this.get<Listed<T>>(path);
      const present = new Set(items.map((item) => item.metadata.uid));
      for (const [uid, object] of known) if (!present.has(uid)) seen(object, true);
      known.clear();
      for (const item of items) {
        known.set(item.metadata.uid, item);
        seen(item, false);
      }
      const since = `${separator}watch=1&resourceVersion=${metadata.resourceVersion}`;
      const { body } = await this.#request("GET", `${path}${since}`);
      if (!body) continue;
      for await (const { type, object } of eventsOf<T>(body)) {
        // What happened since then is not kept any more: the list says it.
        if (type === "ERROR") break;
        if (type === "DELETED") known.delete(object.metadata.uid);
        else known.set(object.metadata.uid, object);
        seen(object, type === "DELETED");
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#agent.destroy();
  }
}

async function* eventsOf<T>(body: AsyncIterable<Uint8Array>): AsyncGenerator<WatchEvent<T>> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as WatchEvent<T>;
  }
}
