import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onPath } from "../../kit/cache.ts";
import { kubeBinary } from "../../kit/kubernetes-programs.ts";
import { prepareImages } from "../machine/image.ts";
import { helmBinary } from "./release.ts";
import { prepareServers } from "./servers.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const TOOLS = ["ip", "unshare", "nsenter"];

/**
 * runAsProcesses runs value sets as processes in namespaces of mounts, networks and processes: whatever happens there, this machine's network and its mounts
 * are as before, and nothing is left running. What has to be fetched is fetched before, as there is no network in there.
 */
export async function runAsProcesses(names: readonly string[]): Promise<number> {
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    throw new Error("pods run as processes in namespaces of Linux, which root may make");
  for (const tool of TOOLS)
    if (!(await onPath(tool))) throw new Error(`please install ${tool} (util-linux, iproute2)`);
  await Promise.all([prepareServers(), prepareImages(), kubeBinary(), helmBinary()]);
  const own = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const child = spawn("unshare", [...own, process.execPath, ...process.execArgv, MAIN, ...names], {
    stdio: "inherit",
  });
  const stop = () => child.kill("SIGTERM");
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}
