import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aptInstall, onPath } from "./cache.ts";
import { freePort, type StoppableServer, startProcess, until } from "./process.ts";

/** prometheusServer is the path of Prometheus, which Debian has as a package. */
export async function prometheusServer(): Promise<string> {
  const found = await onPath("prometheus");
  if (found) return found;
  await aptInstall("prometheus");
  const installed = await onPath("prometheus");
  if (!installed) throw new Error("please install Prometheus: it is needed by the tests");
  return installed;
}

export interface PrometheusServer extends StoppableServer {
  readonly url: string;
  /** Scrapes these ports of this machine from now on, once a second, and resolves when each was scraped. */
  scrape(ports: readonly number[]): Promise<void>;
  /** The names of all series that it has. */
  names(): Promise<readonly string[]>;
}

interface Targets {
  readonly activeTargets: readonly { readonly health: string }[];
}

/** startPrometheus starts a Prometheus that scrapes nothing yet. */
export async function startPrometheus(): Promise<PrometheusServer> {
  const binary = await prometheusServer();
  const folder = mkdtempSync(join(tmpdir(), "tollgate-prometheus-"));
  const targets = join(folder, "targets.json");
  writeFileSync(targets, "[]");
  const scraping = {
    job_name: "tollgate",
    file_sd_configs: [{ files: [targets], refresh_interval: "1s" }],
  };
  const config = join(folder, "prometheus.yml");
  writeFileSync(
    config,
    JSON.stringify({ global: { scrape_interval: "1s", scrape_timeout: "1s" }, scrape_configs: [scraping] }),
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const start = async () => {
    const server = startProcess(binary, [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=warn",
    ]);
    await until(
      () => `Prometheus on ${port}: ${server.output()}`,
      () =>
        fetch(`${url}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        ),
    );
    return server;
  };
  let server = await start();
  const ask = async <T>(path: string) =>
    ((await (await fetch(`${url}/api/v1/${path}`)).json()) as { readonly data: T }).data;
  return {
    url,
    async scrape(ports) {
      const list = [{ targets: ports.map((one) => `127.0.0.1:${one}`) }];
      // A file that is half written is not one that Prometheus reads.
      writeFileSync(`${targets}.new`, JSON.stringify(list));
      renameSync(`${targets}.new`, targets);
      await until("Prometheus scrapes", async () => {
        const { activeTargets } = await ask<Targets>("targets?state=active");
        return activeTargets.length === ports.length && activeTargets.every(({ health }) => health === "up");
      });
    },
    names: () => ask<readonly string[]>("label/__name__/values"),
    kill: (signal = "SIGKILL") => server.kill(signal),
    async restart() {
      server = await start();
    },
    pause: () => server.pause(),
    resume: () => server.resume(),
    async [Symbol.asyncDispose]() {
      await server.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
