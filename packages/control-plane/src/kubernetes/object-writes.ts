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

const isNumber = (value: unknown): boolean => typeof value === "number";
const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

/** Whoever may write an object may have written its status, too. */
function isStatus(value: Partial<ObjectStatus> | null | undefined): value is ObjectStatus {
  if (typeof value !== "object" || value === null) return false;
  const { account, revision, entities, nodes, problems, conditions } = value;
  return (
    typeof account === "string" &&
    [revision, entities, nodes?.applied, nodes?.total].every(isNumber) &&
    [problems, conditions].every((list) => Array.isArray(list) && list.every(isObject))
  );
}

/** statusIn is the status that the controller has given an object; undefined: there is none. */
export function statusIn(
  { kind }: Pick<ObjectRef, "kind">,
  { metadata, status }: KubernetesObject,
): ObjectStatus | undefined {
  try {
    const given: unknown =
      kind === "TollgateConfig" ? status : JSON.parse(metadata.annotations?.[ANNOTATIONS.status] ?? "null");
    return isStatus(given as Partial<ObjectStatus>) ? (given as ObjectStatus) : undefined;
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
