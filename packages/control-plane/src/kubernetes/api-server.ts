import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Agent, type Dispatcher, request } from "undici";
import { stateOf } from "@tollgate/telemetry";

const CONNECT_MS = 10_000;
/** A response that does not begin within this time never will. */
const HEAD_TIMEOUT_MS = 30_000;
/** Watches say something each minute, if nothing else then a bookmark: a connection that is quiet for so long is dead. */
const QUIET_MS = 150_000;
const MESSAGE_MAX = 1_024;

/** ApiError is a response of the API server that is not a success, or why there is none: then its status is 0. */
export class ApiError extends Error {
  readonly status: number;
  /** Such as Expired or AlreadyExists (Kubernetes: metav1.StatusReason). */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export interface ApiCall {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** PATCH is a JSON merge patch (RFC 7396). */
  readonly body?: unknown;
  /** Only what is in the metadata of objects is returned. */
  readonly onlyMetadata?: "one" | "list";
  readonly signal?: AbortSignal | undefined;
}

interface Connection {
  readonly state: string;
  readonly token: string;
  readonly agent: Agent;
}

const acceptOf = ({ onlyMetadata }: ApiCall): string =>
  onlyMetadata === undefined
    ? "application/json"
    : `application/json;as=PartialObjectMetadata${onlyMetadata === "list" ? "List" : ""};g=meta.k8s.io;v=v1`;

function failureOf(status: number, text: string): ApiError {
  try {
    const { reason = "", message = "" } = JSON.parse(text) as { reason?: string; message?: string };
    return new ApiError(status, reason, (message || text).slice(0, MESSAGE_MAX));
  } catch {
    return new ApiError(status, "", `${status}: ${text.slice(0, MESSAGE_MAX)}`);
  }
}

/**
 * ApiServer calls the API server of a cluster as a service account, whose token and authority are read again when their files change: tokens of pods end
 * after an hour (Kubernetes: bound service account tokens).
 */
export class ApiServer implements AsyncDisposable {
  readonly #server: string;
  readonly #folder: string;
  #connection: Connection | undefined;

  constructor({ server, credentials }: { readonly server: string; readonly credentials: string }) {
    this.#server = server;
    this.#folder = credentials;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection?.agent.destroy();
  }

  /** While one of the files is being replaced, what was read before is used on. */
  #connected(): Connection {
    try {
      return this.#read();
    } catch (error) {
      if (this.#connection) return this.#connection;
      throw error;
    }
  }

  #read(): Connection {
    const [tokenFile, authorityFile] = [join(this.#folder, "token"), join(this.#folder, "ca.crt")];
    const state = `${stateOf(tokenFile)} ${stateOf(authorityFile)}`;
    if (this.#connection?.state === state) return this.#connection;
    const [token, ca] = [readFileSync(tokenFile, "utf8").trim(), readFileSync(authorityFile, "utf8")];
    const agent = new Agent({
      connect: { ca, timeout: CONNECT_MS },
      allowH2: false,
      headersTimeout: HEAD_TIMEOUT_MS,
      bodyTimeout: QUIET_MS,
    });
    // Calls and watches that are on their way end as they would.
    void this.#connection?.agent.close();
    this.#connection = { state, token, agent };
    return this.#connection;
  }

  async #send(call: ApiCall): Promise<Dispatcher.ResponseData> {
    const { method = "GET", path, query = {}, body, signal } = call;
    const search = new URLSearchParams(query).toString();
    try {
      const { token, agent } = this.#connected();
      return await request(`${this.#server}${path}${search === "" ? "" : `?${search}`}`, {
        method,
        dispatcher: agent,
        headers: {
          authorization: `Bearer ${token}`,
          accept: acceptOf(call),
          "user-agent": "tollgate-controller",
          ...(body === undefined
            ? {}
            : {
                "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
              }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ApiError(0, "Unreachable", `${this.#server} cannot be called: ${(error as Error).message}`);
    }
  }

  /** call returns the object of the response. It throws an ApiError. */
  async call<T>(call: ApiCall): Promise<T> {
    const response = await this.#send(call);
    const text = await response.body.text().catch((error: unknown) => {
      throw new ApiError(0, "Unreachable", `a response of ${this.#server} ended early: ${String(error)}`);
    });
    if (response.statusCode >= 300) throw failureOf(response.statusCode, text);
    return JSON.parse(text) as T;
  }

  /** find does the same, and returns undefined for what does not exist. */
  async find<T>(call: ApiCall): Promise<T | undefined> {
    try {
      return await this.call<T>(call);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** lines yields the parsed lines of a response that goes on, until it ends. It throws an ApiError. */
  async *lines<T>(call: ApiCall): AsyncGenerator<T> {
    const response = await this.#send(call);
    if (response.statusCode >= 300) throw failureOf(response.statusCode, await response.body.text());
    let rest = "";
    try {
      response.body.setEncoding("utf8");
      for await (const chunk of response.body as AsyncIterable<string>) {
        const lines = `${rest}${chunk}`.split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) if (line !== "") yield JSON.parse(line) as T;
      }
    } catch (error) {
      if (call.signal?.aborted || error instanceof ApiError) throw error;
      throw new ApiError(0, "Unreachable", `a watch of ${this.#server} broke off: ${String(error)}`);
    }
  }
}
