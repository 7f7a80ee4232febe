import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../kit/cache.ts";

/** Where pods find their machine, and the servers that are outside of the cluster. */
export const MACHINE = "10.244.0.1";
const BRIDGE = "pods";
const PODS_OF_NETWORK = 65_000;
const EVERYWHERE = "";

const ip = (...args: readonly string[]) => run("ip", args);

/**
 * Network gives each pod an interface and an address of its own, on a bridge to which nothing else is connected. The caller has a network namespace of
 * its own: nothing of it is seen on the machine, and nothing of the machine in it.
 */
export class Network {
  readonly #folder: string;
  /** Addresses by names, for each namespace; those of EVERYWHERE are known in all of them. */
  readonly #names = new Map<string, Map<string, string>>([[EVERYWHERE, new Map()]]);
  #used = 1;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(folder: string): Promise<Network> {
    await ip("link", "set", "lo", "up");
    await ip("link", "add", BRIDGE, "type", "bridge");
    await ip("addr", "add", `${MACHINE}/16`, "dev", BRIDGE);
    await ip("link", "set", BRIDGE, "up");
    const network = new Network(folder);
    await run("mount", ["--bind", network.hostsFile(EVERYWHERE), "/etc/hosts"]);
    return network;
  }

  /** A namespace for a pod, and the pod's address in it. */
  async addPod(name: string): Promise<string> {
    this.#used = (this.#used % PODS_OF_NETWORK) + 1;
    const number = this.#used;
    const address = `10.244.${number >> 8}.${number & 255}`;
    const outside = `pod${number}`;
    await ip("netns", "add", name);
    await ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", name);
    await ip("link", "set", outside, "master", BRIDGE, "up");
    const inside = (...args: readonly string[]) => ip("-n", name, ...args);
    await inside("link", "set", "lo", "up");
    await inside("addr", "add", `${address}/16`, "dev", "eth0");
    await inside("link", "set", "eth0", "up");
    await inside("route", "add", "default", "via", MACHINE);
    return address;
  }

  removePod(name: string): Promise<unknown> {
    return ip("netns", "delete", name);
  }

  /** Makes this machine the one that an address, such as that of a service, is routed to. */
  async addAddress(address: string): Promise<void> {
    await ip("addr", "add", `${address}/32`, "dev", BRIDGE);
  }

  async removeAddress(address: string): Promise<void> {
    await ip("addr", "del", `${address}/32`, "dev", BRIDGE);
  }

  /** What pods of a namespace have as /etc/hosts: the names that a cluster's DNS would say. */
  hostsFile(namespace: string): string {
    if (!this.#names.has(namespace)) this.#names.set(namespace, new Map());
    this.#write(namespace);
    return this.#fileOf(namespace);
  }

  /** Says the address of names from now on, to all or in a namespace; undefined: they are not known any more. */
  setNames(names: readonly string[], address: string | undefined, namespace = EVERYWHERE): void {
    const own = this.#names.get(namespace) ?? new Map<string, string>();
    this.#names.set(namespace, own);
    for (const name of names)
      if (address === undefined) own.delete(name);
      else own.set(name, address);
    for (const one of namespace === EVERYWHERE ? this.#names.keys() : [namespace]) this.#write(one);
  }

  #fileOf(namespace: string): string {
    return join(this.#folder, `hosts-${namespace || "everywhere"}`);
  }

  #write(namespace: string): void {
    const entries = [EVERYWHERE, namespace].flatMap((one) => [...(this.#names.get(one) ?? [])]);
    const lines = [...new Map(entries)].map(([name, address]) => `${address} ${name}`);
    // In place: pods have this very file.
    writeFileSync(this.#fileOf(namespace), `127.0.0.1 localhost\n${lines.join("\n")}\n`);
  }
}
