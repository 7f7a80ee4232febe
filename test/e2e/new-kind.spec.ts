import { execFile } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);

/** The code of CONTRIBUTING.md: the module of a kind, and its line. */
function example(): { readonly file: string; readonly module: string; readonly line: string } {
  const page = readFileSync(join(ROOT, ".github/CONTRIBUTING.md"), "utf8");
  const section = page.slice(page.indexOf("## Adding a kind of entity"));
  const [module = "", line = ""] = [...section.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
  const file = /`(packages\/config\/src\/kinds\/[a-z-]+\.ts)`/.exec(section)?.[1] ?? "";
  return { file, module, line };
}

const isDependency = (path: string) => basename(path) === "node_modules";

/**
 * A copy of the repository: packages import each other by their names, so the sources are copied and what is installed is linked. A package
 * of this repository that is found by its name is the copy's.
 */
function copyRepository(home: string): void {
  const source = { recursive: true, filter: (path: string) => !isDependency(path) };
  cpSync(join(ROOT, "packages"), join(home, "packages"), source);
  for (const folder of ["test/kit", "test/fixtures"]) cpSync(join(ROOT, folder), join(home, folder), source);
  for (const file of ["package.json", "tsconfig.json", "test/package.json", "test/e2e/new-kind.probe.ts"])
    cpSync(join(ROOT, file), join(home, file));
  const installed = join(ROOT, "node_modules");
  mkdirSync(join(home, "node_modules/@tollgate"), { recursive: true });
  for (const name of readdirSync(installed))
    if (name !== "@tollgate") symlinkSync(join(installed, name), join(home, "node_modules", name));
  for (const name of readdirSync(join(ROOT, "packages"))) {
    symlinkSync(join(home, "packages", name), join(home, "node_modules/@tollgate", name));
    const own = join(ROOT, "packages", name, "node_modules");
    if (readdirSync(join(ROOT, "packages", name)).some(isDependency))
      symlinkSync(own, join(home, "packages", name, "node_modules"));
  }
}

describe("the kind that CONTRIBUTING.md adds", () => {
  const home = mkdtempSync(join(tmpdir(), "tollgate-new-kind-"));
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  beforeAll(() => {
    const { file, module, line } = example();
    copyRepository(home);
    writeFileSync(join(home, file), module);
    appendFileSync(join(home, "packages/config/src/kinds/index.ts"), line);
  });

  it("is one module and one line", () => {
    const { module, line } = example();
    expect(module).toContain("defineKind({");
    expect(line.trim().split("\n")).toHaveLength(1);
  });

  it("is sound by its types, wherever kinds are read", async () => {
    const folder = join(home, "packages/control-plane");
    await run(join(ROOT, "node_modules/.bin/tsc"), ["-p", folder]).catch((error: { stdout?: string }) => {
      throw new Error(error.stdout);
    });
  });

  it("is applied, held to its references and its quota, and reaches the nodes", async () => {
    const { stdout } = await run(process.execPath, [join(home, "test/e2e/new-kind.probe.ts")], { cwd: home });
    const portal = { apiId: "portalsapi", title: "Pets" };
    const containing = (text: string) => expect.stringContaining(text) as string;
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toEqual({
      dangling: containing("there is no RestApi 'notthere00'"),
      beyondQuota: containing("Maximum number of portals for this account has been reached: 1"),
      leftDangling: containing("Portal 'one' refers to it"),
      stored: portal,
      delivered: {
        name: "portal/000000000000/one",
        content: { accountId: "000000000000", id: "one", ...portal },
      },
    });
  });
});
