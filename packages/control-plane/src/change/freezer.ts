import type { View } from "../config/view.ts";
import type { AnyDeployment, Chunks, FrozenContent } from "../deployment/deployment-kind.ts";
import { type FoundApi, findApi, missingApi } from "../deployment/deployment-kinds.ts";
import { Refusal } from "../refusal.ts";
import type { ChangeContext } from "./expanded-change.ts";
import type { WantedDeployment } from "./wanted-change.ts";

/** ApiAfter is an API after a change, frozen. */
export interface ApiAfter extends FoundApi {
  readonly frozen: FrozenContent;
}

/** Freezer freezes APIs as they are after a change, each once, and creates deployments from them. */
export class Freezer {
  readonly #context: ChangeContext;
  readonly #after: View;
  readonly #apis = new Map<string, ApiAfter | undefined>();
  readonly #chunks = new Map<string, string>();

  constructor(context: ChangeContext, after: View) {
    this.#context = context;
    this.#after = after;
  }

  /** Chunks of the created deployments. */
  get chunks(): Chunks {
    return this.#chunks;
  }

  /** api returns an API by its id. undefined: it does not exist after the change. */
  api(apiId: string): ApiAfter | undefined {
    if (!this.#apis.has(apiId)) this.#apis.set(apiId, this.#freeze(apiId));
    return this.#apis.get(apiId);
  }

  #freeze(apiId: string): ApiAfter | undefined {
    const { accountId, memory } = this.#context;
    const found = findApi((name) => this.#after.get(name), apiId);
    if (!found) return undefined;
    const parts = this.#after.ofApi(apiId);
    return { ...found, frozen: found.kind.freeze({ accountId, api: found.api, parts, memory }) };
  }

  /** asked creates a deployment that was requested. */
  asked(wanted: WantedDeployment): AnyDeployment {
    const { accountId } = this.#context;
    const after = this.api(wanted.apiId);
    if (!after) throw missingApi(accountId, wanted.apiId);
    const { api, kind, frozen } = after;
    const problems = kind.notDeployable(api);
    if (problems.length > 0) throw new Refusal("failed-precondition", "the API cannot be deployed", problems);
    if (!wanted.mayBeEmpty && kind.callCountOf(frozen.content) === 0)
      throw new Refusal("failed-precondition", kind.nothingToCall);
    return this.make(after, wanted, false);
  }

  /** make creates a deployment. */
  make(
    { api, kind, frozen }: ApiAfter,
    { id, description, labels = {} }: Omit<WantedDeployment, "apiId">,
    autoDeployed: boolean,
  ): AnyDeployment {
    for (const [name, json] of frozen.chunks) this.#chunks.set(name, json);
    const origin = { description, createTimeUnixMs: Date.now(), autoDeployed };
    const deployment = { kind: kind.deploymentKind, apiId: api.id, id, labels };
    return { ...deployment, spec: { ...origin, ...frozen.content } } as AnyDeployment;
  }
}
