import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { aptInstall, onPath, run } from "./cache.ts";
import {
  freePort,
  notStoppable,
  type RunningProcess,
  type StoppableServer,
  startProcess,
  until,
} from "./process.ts";

const DEBIAN = "/usr/lib/postgresql";

export async function postgresBinaries(): Promise<string> {
  const find = async () => {
    const version = existsSync(DEBIAN)
      ? readdirSync(DEBIAN)
          .sort((a, b) => Number(b) - Number(a))
          .find((v) => existsSync(join(DEBIAN, v, "bin", "postgres")))
      : undefined;
    if (version) return join(DEBIAN, version, "bin");
    return (await onPath("postgres"))?.replace(/\/postgres$/, "");
  };
  const found = await find();
  if (found) return found;
  await aptInstall("postgresql");
  const installed = await find();
  if (!installed) throw new Error("please install PostgreSQL: it is needed by the tests");
  return installed;
}

/** PostgreSQL does not run as root: then it runs as the user that its package made. */
async function owner(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (flag) => Number((await run("id", [flag, "postgres"])).stdout)),
  );
  return { uid: uid as number, gid: gid as number };
}

/** What a process wrote is the system's as soon as it is written: only a power failure, which no test has, needs it to be on the disk. */
const WITHOUT_DISK = ["-c", "fsync=off", "-c", "full_page_writes=off"];

/** Postgres stops by SIGINT, which ends all sessions, as its package does; SIGQUIT ends it without a shutdown. */
export interface Postgres extends StoppableServer {
  readonly url: string;
}

/** startPostgres runs a server on loopback with an empty database, or uses TOLLGATE_TEST_POSTGRES. */
export async function startPostgres(): Promise<Postgres> {
  const given = process.env.TOLLGATE_TEST_POSTGRES;
  if (given) return { url: given, ...notStoppable("TOLLGATE_TEST_POSTGRES") };
  const bin = await postgresBinaries();
  const folder = mkdtempSync(join(tmpdir(), "tollgate-postgres-"));
  const user = await owner();
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  await run(
    join(bin, "initdb"),
    ["-D", data, "-U", "tollgate", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"],
    { ...user, cwd: folder },
  );
  const port = await freePort();
  const url = `postgres://tollgate@127.0.0.1:${port}/postgres`;
  let server: RunningProcess;
  const start = async () => {
    server = startProcess(
      join(bin, "postgres"),
      ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", folder, ...WITHOUT_DISK],
      { ...user, cwd: folder },
    );
    await until(
      () => `PostgreSQL on ${port}: ${server.output()}`,
      async () => {
        const client = new pg.Client(url);
        try {
          await client.connect();
          return true;
        } catch {
          return false;
        } finally {
          await client.end().catch(() => undefined);
        }
      },
    );
  };
  await start();
  return {
    url,
    kill: (signal = "SIGQUIT") => server.kill(signal),
    restart: start,
    pause: () => server.pause(),
    resume: () => server.resume(),
    async [Symbol.asyncDispose]() {
      await server.kill("SIGQUIT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
