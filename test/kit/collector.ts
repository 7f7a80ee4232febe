import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BIN, CACHE, onceAtATime, onPath, run } from "./cache.ts";
import { accepts, freePort, startProcess, until } from "./process.ts";

const VERSION = "v0.165.0";
const MODULE = "go.opentelemetry.io/collector";
/** Modules with the version of the collector; those that are stable have others, which these name. */
const MODULES = ["exporter/otlphttpexporter", "otelcol", "receiver/otlpreceiver", "service"];

/** A collector of OpenTelemetry has no package: each is made of the parts that it needs (OpenTelemetry: building a custom collector). */
const MAIN = `package main

import (
	"log"

	"${MODULE}/component"
	"${MODULE}/confmap"
	"${MODULE}/confmap/provider/fileprovider"
	"${MODULE}/exporter"
	"${MODULE}/exporter/otlphttpexporter"
	"${MODULE}/otelcol"
	"${MODULE}/receiver"
	"${MODULE}/receiver/otlpreceiver"
	"${MODULE}/service/telemetry/otelconftelemetry"
)

func parts() (otelcol.Factories, error) {
	all := otelcol.Factories{Telemetry: otelconftelemetry.NewFactory()}
	receivers, err := otelcol.MakeFactoryMap[receiver.Factory](otlpreceiver.NewFactory())
	if err != nil {
		return all, err
	}
	exporters, err := otelcol.MakeFactoryMap[exporter.Factory](otlphttpexporter.NewFactory())
	all.Receivers, all.Exporters = receivers, exporters
	return all, err
}

func main() {
	command := otelcol.NewCommand(otelcol.CollectorSettings{
		BuildInfo: component.BuildInfo{Command: "collector", Version: "${VERSION}"},
		Factories: parts,
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			ProviderFactories: []confmap.ProviderFactory{fileprovider.NewFactory()},
			DefaultScheme:     "file",
		}},
	})
	if err := command.Execute(); err != nil {
		log.Fatal(err)
	}
}
`;

/** collectorBinary builds a collector from its Go modules, once. */
export const collectorBinary = (): Promise<string> => onceAtATime("collector", buildCollector);

async function buildCollector(): Promise<string> {
  const path = join(BIN, `collector-${VERSION}`);
  if (existsSync(path)) return path;
  const go = await onPath("go", "/usr/local/go/bin/go");
  if (!go) throw new Error(`please install Go, so that a collector can be built: it is needed by the tests`);
  const source = join(CACHE, "src", "collector");
  mkdirSync(source, { recursive: true });
  mkdirSync(BIN, { recursive: true });
  writeFileSync(join(source, "main.go"), MAIN);
  writeFileSync(join(source, "go.mod"), "module collector\n\ngo 1.25.0\n");
  const options = { cwd: source, env: { ...process.env, GOFLAGS: "-buildvcs=false -mod=mod" } };
  await run(go, ["get", ...MODULES.map((name) => `${MODULE}/${name}@${VERSION}`)], options);
  await run(go, ["mod", "tidy"], options);
  await run(go, ["build", "-o", path, "."], options);
  return path;
}

export interface Collector extends AsyncDisposable {
  /** Where it takes OTLP over HTTP. */
  readonly url: string;
}

/** startCollector starts a collector that passes on metrics to an URL, as JSON of OTLP. */
export async function startCollector(metricsUrl: string): Promise<Collector> {
  const binary = await collectorBinary();
  const folder = mkdtempSync(join(tmpdir(), "tollgate-collector-"));
  const port = await freePort();
  const config = join(folder, "config.yaml");
  writeFileSync(
    config,
    JSON.stringify({
      receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
      exporters: {
        otlphttp: { metrics_endpoint: metricsUrl, encoding: "json", compression: "none" },
      },
      service: {
        telemetry: { metrics: { level: "none" } },
        pipelines: { metrics: { receivers: ["otlp"], exporters: ["otlphttp"] } },
      },
    }),
  );
  const collector = startProcess(binary, ["--config", config]);
  await until(
    () => `the collector on ${port}: ${collector.output()}`,
    () => accepts(port),
  );
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await collector.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
