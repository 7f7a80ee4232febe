import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../kit/cache.ts";
import { childrenOf, type RunningProcess, startProcess, until } from "../../kit/process.ts";
import type { Image } from "./image.ts";
import type { Container, PodSecurity } from "./pod-spec.ts";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const DEVICES = ["null", "zero", "full", "random", "urandom"];

export interface ContainerPlace {
  /** A folder of its own. */
  readonly folder: string;
  /** The network namespace of its pod, and the name of its machine. */
  readonly pod: string;
  readonly hostsFile: string;
  /** Folders of volumes by their names. */
  readonly volumes: ReadonlyMap<string, string>;
  readonly security: PodSecurity;
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** What is mounted where the process starts, as lines of a shell. */
function mountsOf(container: Container, image: Image, place: ContainerPlace): string[] {
  const root = join(place.folder, "root");
  for (const name of ["upper", "work", "root"]) mkdirSync(join(place.folder, name), { recursive: true });
  const at = (path: string) => quote(join(root, path));
  const layers = `lowerdir=${image.layers.join(":")},upperdir=${place.folder}/upper,workdir=${place.folder}/work`;
  const bind = (from: string, to: string, isReadOnly: boolean) => [
    `mount --bind ${quote(from)} ${at(to)}`,
    ...(isReadOnly ? [`mount -o remount,bind,ro ${at(to)}`] : []),
  ];
  const volumes = (container.volumeMounts ?? []).flatMap(({ name, mountPath, subPath = "", readOnly }) => {
    const from = place.volumes.get(name);
    if (from === undefined) throw new Error(`container ${container.name}: there is no volume ${name}`);
    return [`mkdir -p ${at(mountPath)}`, ...bind(join(from, subPath), mountPath, readOnly ?? false)];
  });
  return [
    "set -e",
    "mount --make-rprivate /",
    `mount -t overlay overlay -o ${layers} ${quote(root)}`,
    ...["/usr/bin", "/usr/lib", "/usr/lib64"].flatMap((path) => bind(path, path, true)),
    `mount -t proc proc ${at("proc")}`,
    `mount -t tmpfs -o mode=755 tmpfs ${at("dev")}`,
    `mkdir -m 1777 ${at("dev/shm")}`,
    ...DEVICES.flatMap((name) => [
      `touch ${at(`dev/${name}`)}`,
      `mount --bind /dev/${name} ${at(`dev/${name}`)}`,
    ]),
    ...bind(place.hostsFile, "etc/hosts", true),
    ...volumes,
    ...(container.securityContext?.readOnlyRootFilesystem ? [`mount -o remount,ro ${quote(root)}`] : []),
    `echo ${quote(place.pod)} > /proc/sys/kernel/hostname`,
  ];
}

/** RunningContainer is the process of a container, which is process 1 of a namespace of its own. */
export interface RunningContainer {
  readonly process: RunningProcess;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number>;
  /** Sends its process a signal. */
  signal(signal: NodeJS.Signals): void;
  /** Runs a command in the container. */
  exec(command: readonly string[]): Promise<void>;
}

/**
 * startContainer runs the command of a container over the layers of its image, with the user, the volumes and the read-only root that the pod says, in
 * namespaces for its mounts and its processes, and in the network of its pod. It has no privileges: it is another user than root, in a root of its own.
 */
export async function startContainer(
  container: Container,
  image: Image,
  env: Readonly<Record<string, string>>,
  place: ContainerPlace,
): Promise<RunningContainer> {
  const { runAsUser = 0, runAsGroup = 0, fsGroup = runAsGroup } = place.security;
  const command = [...(container.command ?? image.entrypoint), ...(container.args ?? [])];
  const user = [`--userspec=${runAsUser}:${runAsGroup}`, `--groups=${fsGroup}`];
  const start = ["exec", "chroot", ...user, join(place.folder, "root"), "/usr/bin/env", "-C", image.workdir];
  const lines = [...mountsOf(container, image, place), [...start, ...command].map(quote).join(" ")];
  const script = lines.join("\n").replace("'exec'", "exec");
  const namespaces = ["--mount", "--pid", "--uts", "--fork", "--kill-child=SIGKILL"];
  const process = startProcess(
    "ip",
    ["netns", "exec", place.pod, "unshare", ...namespaces, "/bin/sh", "-c", script],
    { env: { PATH, HOSTNAME: place.pod, ...image.env, ...env } },
  );
  const ended = once(process.child, "exit").then(([code]: (number | null)[]) => code ?? 137);
  const pid = await until(`${container.name} is started`, () => {
    if (process.child.exitCode !== null) return -1;
    return childrenOf(process.child.pid)[0];
  });
  const signal = (name: NodeJS.Signals) => {
    if (process.child.exitCode === null && process.child.signalCode === null && pid > 0)
      globalThis.process.kill(pid, name);
  };
  const exec = async (args: readonly string[]) => {
    const inside = [
      "-t",
      String(pid),
      "-m",
      "-n",
      "-p",
      "-r",
      "-w",
      "-S",
      String(runAsUser),
      "-G",
      String(runAsGroup),
    ];
    const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").filter(Boolean);
    await run("nsenter", [...inside, "/usr/bin/env", "-i", ...variables, ...args]);
  };
  return { process, ended, signal, exec };
}
