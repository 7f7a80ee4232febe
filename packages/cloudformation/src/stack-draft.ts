import { type Kind, type KindsOf, type Manifest, nameOf } from "@tollgate/config";
import { stableId } from "@tollgate/openapi";
import type { Findings, Place } from "./findings.ts";
import type { TemplateResource } from "./template-resource.ts";

/** PlannedDeployment is a snapshot of an API that must be created if it does not exist yet. */
export interface PlannedDeployment {
  readonly kind: KindsOf<"deployment">;
  readonly apiId: string;
  readonly id: string;
  readonly description: string;
  /** Its origin. */
  readonly at: Place;
}

/** PlannedEntity is an entity and the resources that it is created from. */
export interface PlannedEntity {
  readonly manifest: Manifest & { readonly id: string };
  /** Its origin. */
  readonly at: Place;
  isRetained: boolean;
}

/** DraftResource is a path of an API while its methods are collected. */
interface DraftResource {
  readonly path: string;
  readonly methods: Record<string, unknown>;
}

/** DraftApi is an HTTP or WebSocket API while its parts are collected. */
export interface DraftApi {
  readonly protocolType: string;
  readonly authorizers: Record<string, unknown>;
  readonly integrations: Record<string, Record<string, unknown>>;
  readonly routes: Record<string, Record<string, unknown>>;
  readonly models?: Record<string, unknown>;
}

export interface StackIdentity {
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
}

/** StackDraft collects the entities of a stack's resources. */
export class StackDraft {
  readonly stack: StackIdentity;
  readonly findings: Findings;
  readonly deployments: PlannedDeployment[] = [];
  readonly #entities = new Map<string, PlannedEntity>();
  /** Paths by API and resource id. */
  readonly #paths = new Map<string, string>();

  readonly #files: Readonly<Record<string, string>>;

  /** `files` are the files that the template can name. */
  constructor(stack: StackIdentity, findings: Findings, files: Readonly<Record<string, string>> = {}) {
    this.stack = stack;
    this.findings = findings;
    this.#files = files;
  }

  /** file is the given file of a name. */
  file(name: string): string | undefined {
    return Object.hasOwn(this.#files, name) ? this.#files[name] : undefined;
  }

  get entities(): readonly PlannedEntity[] {
    return [...this.#entities.values()];
  }

  /** put adds an entity; an existing one of the same name is a finding. */
  put(manifest: Manifest & { readonly id: string }, { at, isRetained }: TemplateResource): void {
    const { kind, apiId = "", id } = manifest;
    const name = nameOf({ kind: kind as Kind, apiId, id });
    const other = this.#entities.get(name);
    if (other) this.findings.add("error", at, `creates the same ${kind} '${id}' as ${other.at.join("/")}`);
    else this.#entities.set(name, { manifest, at, isRetained });
  }

  /** specOf is the spec of an existing entity, to which members are added. */
  specOf(kind: Kind, apiId: string, id: string): Record<string, unknown> | undefined {
    return this.#entities.get(nameOf({ kind, apiId, id }))?.manifest.spec as
      | Record<string, unknown>
      | undefined;
  }

  /** hasApi reports whether an API belongs to this stack. */
  hasApi(apiId: string): boolean {
    return this.#entities.has(nameOf({ kind: "RestApi", apiId: "", id: apiId }));
  }

  /** httpApi is the spec of an HTTP or WebSocket API, to which members are added; undefined: it is not in this stack. */
  httpApi(apiId: string): DraftApi | undefined {
    return this.specOf("Api", "", apiId) as unknown as DraftApi | undefined;
  }

  /** domain is the spec of a domain, to which parts are added; a domain that is not in this stack is a finding. */
  domain(domain: string, { at }: TemplateResource, parts: string): Record<string, unknown> | undefined {
    const spec = this.specOf("DomainName", "", domain);
    if (!spec)
      this.findings.add(
        "error",
        [...at, "Properties"],
        `'${domain}' is not a domain of this template: the ${parts} of a domain must be in its template`,
      );
    return spec;
  }

  /** namePath records the path of a resource's id. */
  namePath(apiId: string, path: string): string {
    const id = stableId(path);
    this.#paths.set(`${apiId}/${id}`, path);
    return id;
  }

  /** pathOf is the recorded path of a resource. */
  pathOf(apiId: string, id: string): string | undefined {
    return this.#paths.get(`${apiId}/${id}`);
  }

  /** resourceAt is an API's path, to which methods are added; it is created if it does not exist. */
  resourceAt(apiId: string, path: string, resource: TemplateResource): DraftResource {
    const id = stableId(path);
    const present = this.specOf("Resource", apiId, id);
    if (present) return present as unknown as DraftResource;
    const spec: DraftResource = { path, methods: {} };
    this.put({ kind: "Resource", apiId, id, spec }, resource);
    return spec;
  }
}
