import type { ApiServer } from "./api-server.ts";
import type { ObjectStatus } from "./object-status.ts";
import {
  ANNOTATIONS,
  FINALIZER,
  hasFinalizer,
  type KubernetesObject,
  type ObjectRef,
  objectPath,
} from "./objects.ts";

const QUERY = { fieldManager: "tollgate-controller" };

/** statusIn is the status that an object has. */
export function statusIn(
  { kind }: ObjectRef,
  { metadata, status }: KubernetesObject,
): ObjectStatus | undefined {
  if (kind === "TollgateConfig") return status as ObjectStatus | undefined;
  try {
    return JSON.parse(metadata.annotations?.[ANNOTATIONS.status] ?? "") as ObjectStatus;
  } catch {
    return undefined;
  }
}

/** ObjectWrites writes what the controller may write of objects: their status, and its finalizer. */
export class ObjectWrites {
  readonly #api: Pick<ApiServer, "call" | "find">;

  constructor(api: Pick<ApiServer, "call" | "find">) {
    this.#api = api;
  }

  /** setStatus writes a status, or nothing if the object is gone. */
  async setStatus(ref: ObjectRef, status: ObjectStatus): Promise<void> {
    const isOwn = ref.kind === "TollgateConfig";
    const path = `${objectPath(ref)}${isOwn ? "/status" : ""}`;
    const annotations = { [ANNOTATIONS.status]: JSON.stringify(status) };
    const body = isOwn ? { status } : { metadata: { annotations } };
    await this.#api.find({ method: "PATCH", path, query: QUERY, body });
  }

  /** addFinalizer keeps an object until its entities are deleted, and returns it as it is then. */
  async addFinalizer(ref: ObjectRef, object: KubernetesObject): Promise<KubernetesObject> {
    if (hasFinalizer(object.metadata)) return object;
    return this.#setFinalizers(ref, object, [...(object.metadata.finalizers ?? []), FINALIZER]);
  }

  async removeFinalizer(ref: ObjectRef, object: KubernetesObject): Promise<void> {
    const left = (object.metadata.finalizers ?? []).filter((one) => one !== FINALIZER);
    await this.#setFinalizers(ref, object, left);
  }

  /** Others may write finalizers of their own at the same time: then this fails with 409, and is tried again. */
  #setFinalizers(
    ref: ObjectRef,
    { metadata: { resourceVersion } }: KubernetesObject,
    finalizers: readonly string[],
  ): Promise<KubernetesObject> {
    return this.#api.call<KubernetesObject>({
      method: "PATCH",
      path: objectPath(ref),
      query: QUERY,
      body: { metadata: { resourceVersion, finalizers: finalizers.length > 0 ? finalizers : null } },
    });
  }
}
