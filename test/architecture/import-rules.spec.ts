import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const PACKAGES = fileURLToPath(new URL("../../packages/", import.meta.url));

/** Which package may import which: the package table of the architecture (packages/docs/architecture.md). */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  proto: [],
  telemetry: [],
  config: ["proto"],
  patterns: [],
  certificates: [],
  http1: [],
  mapping: ["patterns"],
  openapi: ["config"],
  cloudformation: ["config", "openapi", "patterns"],
  sdk: ["openapi"],
  "config-stream": ["proto", "config", "telemetry"],
  "usage-stream": ["proto", "telemetry"],
  "log-store": ["patterns", "telemetry"],
  "metric-store": [],
  redis: ["telemetry"],
  iam: [],
  "aws-api": ["config", "iam", "openapi"],
  pipeline: ["config", "mapping", "patterns", "iam", "telemetry"],
  transport: ["http1", "pipeline", "iam", "telemetry"],
  "data-plane": [
    "certificates",
    "http1",
    "pipeline",
    "transport",
    "config",
    "config-stream",
    "usage-stream",
    "redis",
    "proto",
    "telemetry",
  ],
  "control-plane": [
    "aws-api",
    "billing",
    "certificates",
    "pipeline",
    "transport",
    "cloudformation",
    "config",
    "config-stream",
    "iam",
    "metric-store",
    "openapi",
    "proto",
    "redis",
    "sdk",
    "telemetry",
    "usage-stream",
  ],
  metering: ["billing", "config", "log-store", "metric-store", "usage-stream", "proto", "telemetry"],
  billing: ["config", "proto", "telemetry"],
  functions: ["telemetry"],
  standalone: ["control-plane", "data-plane", "metering", "functions", "config", "proto", "telemetry"],
  cli: ["proto", "telemetry", "cloudformation", "config", "iam", "mapping", "openapi"],
  docs: [],
};

const packages = readdirSync(PACKAGES).filter((name) => statSync(join(PACKAGES, name)).isDirectory());
const sourcesOf = (name: string): string[] => {
  const folder = join(PACKAGES, name, "src");
  try {
    return readdirSync(folder, { recursive: true })
      .map((file) => join(folder, String(file)))
      .filter((file) => file.endsWith(".ts") && !file.includes("/gen/"));
  } catch {
    return [];
  }
};
const importsOf = (file: string) =>
  [...readFileSync(file, "utf8").matchAll(/(?:from\s+|import\s+|import\()"([^"]+)"/g)].map(
    (match) => match[1] as string,
  );
const packageOf = (specifier: string) =>
  specifier.startsWith("@")
    ? specifier.split("/").slice(0, 2).join("/")
    : (specifier.split("/")[0] as string);

describe("the import rules", () => {
  it("name every package there is", () => {
    expect(packages.sort()).toEqual(Object.keys(mayImport).sort());
  });

  it.each(packages)("%s depends on no other package than it may", (name) => {
    const { dependencies = {} } = JSON.parse(readFileSync(join(PACKAGES, name, "package.json"), "utf8")) as {
      dependencies?: Record<string, string>;
    };
    const own = Object.keys(dependencies)
      .filter((d) => d.startsWith("@tollgate/"))
      .map((d) => d.slice("@tollgate/".length));
    expect(own.filter((d) => !mayImport[name]?.includes(d))).toEqual([]);
  });

  it.each(packages)("%s imports nothing that it does not declare, and nobody's insides", (name) => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(
      readFileSync(join(PACKAGES, name, "package.json"), "utf8"),
    ) as Record<string, Record<string, string>>;
    const declared = new Set([...Object.keys(dependencies), ...Object.keys(devDependencies)]);
    const inTests = new Set(["vitest", "fast-check"]);
    const wrong: string[] = [];
    for (const file of sourcesOf(name))
      for (const specifier of importsOf(file)) {
        if (specifier.startsWith(".") || specifier.startsWith("node:")) continue;
        const isTest = /\.(spec|contract|fixture)\.ts$/.test(file);
        if (!declared.has(packageOf(specifier)) && !(isTest && inTests.has(packageOf(specifier))))
          wrong.push(`${file}: ${specifier}`);
        if (specifier.startsWith("@tollgate/") && specifier.split("/").includes("src"))
          wrong.push(`${file}: ${specifier}`);
      }
    expect(wrong).toEqual([]);
  });

  it("protocols of the pipeline do not know each other, and the floor that they are built on knows none of them", () => {
    const source = join(PACKAGES, "pipeline", "src");
    const folderOf = (file: string) => relative(source, file).split("/")[0] ?? "";
    const isProtocol = (folder: string) => folder.endsWith("-api");
    const wrong = sourcesOf("pipeline")
      .filter((file) => dirname(file) !== source && folderOf(file) !== "kit")
      .flatMap((file) =>
        importsOf(file)
          .filter((specifier) => specifier.startsWith("."))
          .map((specifier) => join(dirname(file), specifier))
          .filter((target) => isProtocol(folderOf(target)) && folderOf(target) !== folderOf(file))
          .map((target) => `${relative(source, file)}: ${relative(source, target)}`),
      );
    expect(wrong).toEqual([]);
  });

  it("the control plane's application does not know AWS's APIs: only their adapter does, and the server, which puts it together", () => {
    const source = join(PACKAGES, "control-plane", "src");
    const adapter = new Set(["aws", "server.ts"]);
    const wrong = sourcesOf("control-plane")
      .map((file) => relative(source, file))
      .filter((file) => !adapter.has(file.split("/")[0] ?? ""))
      .filter((file) => importsOf(join(source, file)).includes("@tollgate/aws-api"));
    expect(wrong).toEqual([]);
  });

  it("process.env is read in main.ts files, from where settings are parsed, and nowhere else", () => {
    const wrong = packages
      .flatMap(sourcesOf)
      .filter(
        (file) => !file.endsWith("/main.ts") && /process\.env\b(?!\s*\})/.test(readFileSync(file, "utf8")),
      );
    expect(wrong).toEqual([]);
  });
});
