import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ApiError, type ApiServer } from "./api.ts";
import type { Pod, SecretSource, Volume } from "./pod-spec.ts";

const DEFAULT_MODE = 0o644;
const SHARED_WITH_GROUP = 0o2777;

interface Content {
  readonly data?: Readonly<Record<string, string>>;
}

/** The content of a Secret or a ConfigMap by its keys; undefined: it is not there, and may be missing. */
export async function contentOf(
  api: ApiServer,
  namespace: string,
  kind: "secrets" | "configmaps",
  { name, optional }: { readonly name: string; readonly optional?: boolean },
): Promise<ReadonlyMap<string, Buffer> | undefined> {
  try {
    const { data = {} } = await api.get<Content>(`/api/v1/namespaces/${namespace}/${kind}/${name}`);
    const encoding = kind === "secrets" ? "base64" : "utf8";
    return new Map(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, encoding)]));
  } catch (error) {
    if (optional && error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** A folder in which the group of a pod may write. What is in it stays. */
function ownedBy(group: number, path: string): string {
  if (existsSync(path)) return path;
  mkdirSync(path, { recursive: true });
  chownSync(path, 0, group);
  chmodSync(path, SHARED_WITH_GROUP);
  return path;
}

/** What the files of a volume come from. */
function filesOf({ name: _, projected, secret, configMap, ...other }: Volume) {
  if (projected) return { sources: projected.sources, mode: projected.defaultMode ?? DEFAULT_MODE };
  const mode = secret?.defaultMode ?? configMap?.defaultMode ?? DEFAULT_MODE;
  return { sources: [{ ...other, ...(secret && { secret }), ...(configMap && { configMap }) }], mode };
}

/** Volumes writes what pods mount, with the owner and the modes that a kubelet gives it. */
export class Volumes {
  readonly #api: ApiServer;
  readonly #folder: string;

  constructor(api: ApiServer, folder: string) {
    this.#api = api;
    this.#folder = folder;
  }

  /** The folder of each volume of a pod, by its name. */
  async make(pod: Pod, podFolder: string): Promise<ReadonlyMap<string, string>> {
    const folders = new Map<string, string>();
    for (const volume of pod.spec.volumes ?? [])
      folders.set(volume.name, await this.#makeOne(pod, volume, join(podFolder, "volumes", volume.name)));
    return folders;
  }

  async #makeOne(pod: Pod, volume: Volume, folder: string): Promise<string> {
    const { emptyDir, persistentVolumeClaim: claim } = volume;
    const { namespace } = pod.metadata;
    const group = pod.spec.securityContext?.fsGroup ?? 0;
    if (claim) return ownedBy(group, join(this.#folder, "claims", namespace, claim.claimName));
    if (emptyDir) return ownedBy(group, folder);
    const { sources, mode } = filesOf(volume);
    mkdirSync(folder, { recursive: true });
    for (const { secret, configMap, ...other } of sources) {
      if (!secret && !configMap)
        throw new Error(
          `volume ${volume.name}: ${Object.keys(other).join()} is not one that this machine has`,
        );
      if (secret) await this.#write(namespace, "secrets", secret, folder, mode, group);
      if (configMap) await this.#write(namespace, "configmaps", configMap, folder, mode, group);
    }
    return folder;
  }

  async #write(
    namespace: string,
    kind: "secrets" | "configmaps",
    { name, secretName, items, optional = false }: SecretSource,
    folder: string,
    mode: number,
    group: number,
  ): Promise<void> {
    const source = secretName ?? name ?? "";
    const content = await contentOf(this.#api, namespace, kind, { name: source, optional });
    const wanted = items ?? [...(content?.keys() ?? [])].map((key) => ({ key, path: key }));
    for (const { key, path } of wanted) {
      const value = content?.get(key);
      if (value === undefined && !optional) throw new Error(`${kind} ${source} has no key ${key}`);
      if (value === undefined) continue;
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, value, { mode });
      chownSync(file, 0, group);
      chmodSync(file, mode | (group ? 0o040 : 0));
    }
  }
}
