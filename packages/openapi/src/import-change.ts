import {
  type DocumentationLocation,
  type Entity,
  isFrozen,
  type Kind,
  kindsBelow,
  type Manifest,
  newChildId,
} from "@tollgate/config";
import type { ImportOutcome } from "./import-openapi.ts";
import type { DocumentedPart } from "./read-documentation.ts";

/** Whether parts of an API that a definition does not contain are kept or deleted (AWS: PutRestApi, mode). */
export const IMPORT_MODES = ["merge", "overwrite"] as const;
export type ImportMode = (typeof IMPORT_MODES)[number];

/** The kinds that an import writes and an overwrite deletes: those that a deployment freezes, and the documentation. */
export const IMPORT_KINDS: readonly Kind[] = [...kindsBelow("RestApi").filter(isFrozen), "DocumentationPart"];
const KINDS: ReadonlySet<string> = new Set(IMPORT_KINDS);

/** PresentApi is an API as it is before an import. */
export interface PresentApi {
  readonly restApi: Entity<"RestApi"> | undefined;
  /** Its entities of all kinds. */
  readonly entities: readonly Entity[];
}

/** ImportChange has the entities that an import writes and deletes. */
export interface ImportChange {
  readonly puts: readonly (Manifest & { readonly id: string })[];
  readonly deletes: readonly Entity[];
}

interface PathSpec {
  readonly path: string;
  readonly methods: object;
}

const isKind = <K extends Entity["kind"]>(entity: Entity, kind: K): entity is Entity<K> & Entity =>
  entity.kind === kind;
const ofKind = <K extends Entity["kind"]>({ entities }: PresentApi, kind: K) =>
  entities.filter((entity) => isKind(entity, kind)) as unknown as readonly Entity<K>[];

/** nameOfLocation is the key of a location: two parts with the same key describe the same thing. */
export const nameOfLocation = ({ type, path, method, statusCode, name }: DocumentationLocation): string =>
  JSON.stringify([type, path, method, statusCode, name]);

/** partManifests are the documentation parts to write: a part that describes the same thing as a present one replaces it. */
export function partManifests(
  present: readonly Entity<"DocumentationPart">[],
  apiId: string,
  parts: readonly DocumentedPart[],
): ImportChange["puts"] {
  const ids = new Map(present.map(({ id, spec }) => [nameOfLocation(spec.location), id] as const));
  const manifests = new Map<string, Manifest & { readonly id: string }>();
  for (const { location, properties } of parts) {
    const name = nameOfLocation(location);
    const id = ids.get(name) ?? manifests.get(name)?.id ?? newChildId();
    manifests.set(name, { kind: "DocumentationPart", apiId, id, spec: { location, properties } });
  }
  return [...manifests.values()];
}

/** Resources get the ids of present resources with the same path. In a merge they keep the methods that the definition does not contain. */
function onPresent(
  present: PresentApi,
  manifests: readonly Manifest[],
  isMerge: boolean,
): ImportChange["puts"] {
  const byPath = new Map(ofKind(present, "Resource").map((entity) => [entity.spec.path, entity] as const));
  return manifests.map((manifest) => {
    const { id = "" } = manifest;
    if (manifest.kind !== "Resource") return { ...manifest, id };
    const { path, methods } = manifest.spec as PathSpec;
    const there = byPath.get(path);
    if (!there) return { ...manifest, id };
    const spec = { path, methods: isMerge ? { ...there.spec.methods, ...methods } : methods };
    return { ...manifest, id: there.id, spec };
  });
}

/** The API itself after an import: members that the definition does not contain are kept. */
function apiAfter(
  { restApi }: PresentApi,
  manifest: Manifest,
  isMerge: boolean,
): ImportChange["puts"][number] {
  const given = manifest.spec as { readonly binaryMediaTypes?: readonly string[] };
  const before = isMerge ? (restApi?.spec.binaryMediaTypes ?? []) : [];
  const binaryMediaTypes = [...new Set([...before, ...(given.binaryMediaTypes ?? [])])];
  return { ...manifest, id: manifest.id ?? "", spec: { ...restApi?.spec, ...given, binaryMediaTypes } };
}

/** importChange is what an import writes to a present API or to a new one. */
export function importChange(
  present: PresentApi,
  { manifests, documentation }: Pick<ImportOutcome, "manifests" | "documentation">,
  mode: ImportMode,
): ImportChange {
  const isMerge = mode === "merge";
  const [api, ...parts] = manifests as [Manifest, ...Manifest[]];
  const apiId = api.id ?? "";
  const puts = [
    ...onPresent(present, parts, isMerge),
    ...partManifests(ofKind(present, "DocumentationPart"), apiId, documentation),
  ];
  const kept = new Set(puts.map(({ kind, id }) => `${kind}/${id}`));
  const isRoot = ({ spec }: Entity) => (spec as Partial<PathSpec>).path === "/";
  const others = isMerge
    ? []
    : present.entities.filter(({ kind, id }) => KINDS.has(kind) && !kept.has(`${kind}/${id}`));
  return {
    puts: [
      apiAfter(present, api, isMerge),
      ...puts,
      // The root keeps its id.
      ...others.filter(isRoot).map((root) => ({ ...root, spec: { path: "/", methods: {} } })),
    ],
    deletes: others.filter((entity) => !isRoot(entity)),
  };
}
