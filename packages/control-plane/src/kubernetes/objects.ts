/** The group of everything that Tollgate adds to Kubernetes: the kind TollgateConfig, labels, annotations and the finalizer. */
export const GROUP = "tollgate.io";
export const VERSION = "v1";
/** ConfigMaps and Secrets with this label, whose value is "true", have manifests. */
export const CONFIG_LABEL = `${GROUP}/config`;
/** Keeps an object until its entities are deleted. */
export const FINALIZER = `${GROUP}/entities`;
/** What a TollgateConfig has as members of its spec, and its status, on ConfigMaps and Secrets. */
export const ANNOTATIONS = {
  account: `${GROUP}/account`,
  deletionPolicy: `${GROUP}/deletion-policy`,
  dryRun: `${GROUP}/dry-run`,
  status: `${GROUP}/status`,
} as const;
/** The label of entities that an object has applied: its name, as ownerOf says it. */
export const OWNER_LABEL = `${GROUP}/owner`;

/** The kinds of objects that have manifests, with the paths and the plural names by which the API server has them. */
const KINDS = {
  TollgateConfig: { base: `/apis/${GROUP}/${VERSION}`, plural: "tollgateconfigs" },
  ConfigMap: { base: "/api/v1", plural: "configmaps" },
  Secret: { base: "/api/v1", plural: "secrets" },
} as const;

export type ObjectKind = keyof typeof KINDS;

/** ObjectRef names an object. */
export interface ObjectRef {
  readonly kind: ObjectKind;
  readonly namespace: string;
  readonly name: string;
}

/** KubernetesMeta is what is read of an object's metadata. */
export interface KubernetesMeta {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

/** KubernetesObject is an object as the API server returns it. */
export interface KubernetesObject {
  readonly metadata: KubernetesMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
  /** Of a Secret, values are in base64. */
  readonly data?: Readonly<Record<string, string>>;
  readonly type?: string;
}

/** collectionPath is the path of all objects of a kind in a namespace; undefined: in all of them. */
export const collectionPath = (kind: ObjectKind, namespace: string | undefined): string => {
  const { base, plural } = KINDS[kind];
  return namespace === undefined ? `${base}/${plural}` : `${base}/namespaces/${namespace}/${plural}`;
};

export const objectPath = ({ kind, namespace, name }: ObjectRef): string =>
  `${collectionPath(kind, namespace)}/${name}`;

/** ownerOf is the name of an object in the label of its entities, such as TollgateConfig/shop/orders. No part of it has a slash. */
export const ownerOf = ({ kind, namespace, name }: ObjectRef): string => `${kind}/${namespace}/${name}`;

const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** isName is whether an object could have a name (Kubernetes: DNS subdomain names). Others would be other paths of the API server. */
export const isName = (name: string): boolean => NAME.test(name);

/** parseOwner is the inverse of ownerOf; undefined: it is not such a name. */
export function parseOwner(owner: string): ObjectRef | undefined {
  const [kind, namespace, name, ...rest] = owner.split("/");
  if (kind === undefined || !Object.hasOwn(KINDS, kind) || !namespace || !name || rest.length > 0)
    return undefined;
  // Whoever writes entities by hand may write any label.
  if (!isName(namespace) || !isName(name)) return undefined;
  return { kind: kind as ObjectKind, namespace, name };
}

/** shownRef is an object in a sentence, such as TollgateConfig orders in the namespace shop. */
export const shownRef = ({ kind, namespace, name }: ObjectRef): string =>
  `${kind} ${name} in the namespace ${namespace}`;

export const isLabelled = ({ labels }: Pick<KubernetesMeta, "labels">): boolean =>
  labels?.[CONFIG_LABEL] === "true";

export const hasFinalizer = ({ finalizers }: Pick<KubernetesMeta, "finalizers">): boolean =>
  finalizers?.includes(FINALIZER) ?? false;
