import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FolderLockedError, lockFolder, openLock } from "./folder-lock.ts";

const home = mkdtempSync(join(tmpdir(), "tollgate-lock-"));
afterAll(() => rmSync(home, { recursive: true }));
const folderOf = () => join(mkdtempSync(join(home, "one-")), "deep");
const options = { process: "data-plane", remedy: "TOLLGATE_HOME to another directory" };
const HOLD = `
  import { lockFolder } from ${JSON.stringify(new URL("./folder-lock.ts", import.meta.url).href)};
  globalThis.lock = lockFolder(process.argv[2], { process: "other", remedy: "TOLLGATE_HOME" });
  process.send("locked");
  setInterval(() => undefined, 1_000);
`;

/** Another process that has a folder, until it is killed. */
async function holderOf(folder: string) {
  const script = join(mkdtempSync(join(home, "one-")), "hold.mjs");
  writeFileSync(script, HOLD);
  const child = fork(script, [folder], { execArgv: ["--no-warnings"] });
  await once(child, "message");
  const kill = async () => {
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  return { pid: child.pid, kill };
}

describe("a locked folder", () => {
  it("belongs to one process; the second one is told which", async () => {
    const folder = folderOf();
    const holder = await holderOf(folder);
    const take = () => lockFolder(folder, options);
    expect(take).toThrow(FolderLockedError);
    expect(take).toThrow(
      new RegExp(
        `^the state directory ${folder} is in use by other with process id ${holder.pid} on host ${hostname()}, started at 2\\S+Z: stop that process, or set TOLLGATE_HOME to another directory$`,
      ),
    );
    await holder.kill();
  });

  it("is free once its process was killed, although its files say that it is in use", async () => {
    const folder = folderOf();
    await (await holderOf(folder)).kill();
    const lock = lockFolder(folder, options);
    expect(() => lockFolder(folder, options)).toThrow(`process id ${process.pid}`);
    lock[Symbol.dispose]();
    lockFolder(folder, options)[Symbol.dispose]();
  });
});

describe("on a full disk", () => {
  it("a folder is locked without the file that names its process", () => {
    const folder = folderOf();
    mkdirSync(join(folder, "process.json.new"), { recursive: true });
    writeFileSync(join(folder, "process.json"), '{"process":"earlier"}');
    using _lock = lockFolder(folder, options);
    expect(() => lockFolder(folder, options)).toThrow("is in use by another process");
  });

  it("locks are named only if they are the cause", () => {
    const folder = folderOf();
    mkdirSync(folder);
    writeFileSync(join(folder, "process.lock"), "not a database".repeat(100));
    expect(() => lockFolder(folder, options)).toThrow(/cannot be locked \(file is not a database\)$/);
  });
});

describe("a shared lock", () => {
  it("excludes an exclusive one, and not another shared one", () => {
    const file = join(mkdtempSync(join(home, "one-")), "workers.lock");
    const first = openLock(file, "shared");
    const second = openLock(file, "shared");
    expect(openLock(file, "exclusive", 0)).toBeUndefined();
    first?.[Symbol.dispose]();
    expect(openLock(file, "exclusive", 0)).toBeUndefined();
    second?.[Symbol.dispose]();
    const exclusive = openLock(file, "exclusive", 0);
    expect(exclusive).toBeDefined();
    expect(openLock(file, "shared", 0)).toBeUndefined();
    exclusive?.[Symbol.dispose]();
  });
});
