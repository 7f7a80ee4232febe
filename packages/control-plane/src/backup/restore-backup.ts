import { setImmediate } from "node:timers/promises";
import { parseName } from "@tollgate/config";
import type { RestoreBackupRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { noteWrite } from "../audit/audit-log.ts";
import { CHUNKS, HEAD, headKey } from "../mirror/mirror.ts";
import { ENTITY_FORMAT } from "../mirror/stored-entity.ts";
import { Refusal } from "../refusal.ts";
import { openEntry } from "../secret/sealed-store.ts";
import type { Sealer } from "../secret/sealer.ts";
import { type Commit, readAll, type StoreVersion } from "../store/store.ts";
import { type BackupEntry, type BackupHeader, decodeBackup } from "./backup-file.ts";

const ATTEMPTS_MAX = 5;
const MIRRORED_MAX_MS = 10_000;
const CHECKED_AT_ONCE = 200;

type Restoring = Pick<Application, "plainStore" | "sealer"> & {
  readonly mirror: Pick<Application["mirror"], "reached">;
};

/** A key of the store by its parts: the account, and what it names below it. */
function partsOf(key: string): { readonly accountId: string; readonly name: string } {
  const at = key.indexOf("/");
  return { accountId: key.slice(0, at), name: key.slice(at + 1) };
}

const accountsOf = (entries: readonly { readonly key: string }[]): Set<string> =>
  new Set(entries.map(({ key }) => partsOf(key).accountId));

const isEntity = ({ key }: { readonly key: string }): boolean => {
  const { name } = partsOf(key);
  return name !== HEAD && !name.startsWith(CHUNKS);
};

/** A control plane creates the first key of the account at its start, so that a new store contains one. */
const isOfNewStore = ({ key }: { readonly key: string }): boolean => {
  const { name } = partsOf(key);
  return name === HEAD || parseName(name)?.kind === "RootAccessKey";
};

const invalid = (message: string): Refusal => new Refusal("invalid", `nothing was restored: ${message}`);

/** The format of a stored value; undefined: it is not the value of an entity. */
function formatOf(value: string): number | undefined {
  try {
    const { format = 1, spec } = JSON.parse(value) as { readonly format?: number; readonly spec?: unknown };
    return typeof spec === "object" ? format : undefined;
  } catch {
    return undefined;
  }
}

/** Refuses an entity of a kind or in a format that this control plane does not know. */
function checkVersion({ key, value }: BackupEntry, { softwareVersion }: BackupHeader): void {
  const newer = (what: string) =>
    invalid(
      `${what}: Tollgate ${softwareVersion} made the file; restore it with that version or a later one`,
    );
  if (!parseName(partsOf(key).name)) throw newer(`this control plane does not know the kind of '${key}'`);
  const format = formatOf(value);
  if (format === undefined) throw invalid(`the file is damaged: '${key}' has no spec`);
  if (format > ENTITY_FORMAT)
    throw newer(`'${key}' is in format ${format}, this control plane reads up to ${ENTITY_FORMAT}`);
}

/** Refuses an entity whose secrets this control plane cannot open. */
function checkSecrets(entry: BackupEntry, sealer: Sealer): void {
  try {
    void openEntry({ ...entry, modRevision: 0 }, sealer).value;
  } catch (error) {
    throw new Refusal(
      "failed-precondition",
      `nothing was restored: ${(error as Error).message}: add the key of the control plane that was backed up to TOLLGATE_SECRETS_KEY, after this control plane's own`,
    );
  }
}

/** Refuses an entry that this control plane could not read once it is stored. */
function checkEntry(entry: BackupEntry, header: BackupHeader, sealer: Sealer): void {
  if (!/^\d{12}$/.test(partsOf(entry.key).accountId))
    throw invalid(`the file contains '${entry.key}', which is not the key of an account`);
  if (!isEntity(entry)) return;
  checkVersion(entry, header);
  checkSecrets(entry, sealer);
}

async function checkEntries(entries: readonly BackupEntry[], header: BackupHeader, sealer: Sealer) {
  for (const [i, entry] of entries.entries()) {
    checkEntry(entry, header, sealer);
    // Opening a million secrets takes many seconds, in which this control plane serves others.
    if (i % CHECKED_AT_ONCE === 0) await setImmediate();
  }
}

function checkEmpty(entries: readonly StoreVersion[]): void {
  const present = entries.filter((entry) => !isOfNewStore(entry));
  const [first] = present.filter(isEntity);
  if (!first) return;
  throw new Refusal(
    "failed-precondition",
    `nothing was restored: the store is not empty: it contains ${present.filter(isEntity).length} entities, such as ${first.key}; restore into an empty store, or replace all of them (tollgate restore --replace)`,
  );
}

/** The commit that makes the store contain the entries and nothing else. */
function commitOf(entries: readonly BackupEntry[], present: readonly StoreVersion[]): Commit {
  const restored = new Set(entries.map(({ key }) => key));
  const heads = new Set([...accountsOf(present), ...accountsOf(entries)].map(headKey));
  const revisionOf = new Map(present.map(({ key, modRevision }) => [key, modRevision]));
  return {
    guards: [...heads].map((key) => ({ key, modRevision: revisionOf.get(key) ?? 0 })),
    deletes: present.filter(({ key }) => !restored.has(key) && !heads.has(key)).map(({ key }) => key),
    puts: [
      ...entries.filter(({ key }) => !heads.has(key)),
      // Whoever has computed a change of one of the accounts meanwhile computes it again. Heads are last, as in every commit.
      ...[...heads].map((key) => ({ key, value: String(Date.now()) })),
    ],
  };
}

async function* piecesOf([first, others]: RestoreRequests): AsyncGenerator<Uint8Array> {
  yield first.piece;
  for await (const { piece } of others) yield piece;
}

type RestoreRequests = readonly [first: RestoreBackupRequest, others: AsyncIterable<RestoreBackupRequest>];

/** restoreBackup makes the store contain what a backup file contains, in one transaction, after all of the file was checked. */
export async function restoreBackup({ plainStore, sealer, mirror }: Restoring, requests: RestoreRequests) {
  const [{ dryRun, replace }] = requests;
  const { header, entries } = await decodeBackup(piecesOf(requests));
  await checkEntries(entries, header, sealer);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const present = await readAll(await plainStore.versions(""));
    if (!replace) checkEmpty(present);
    const commit = commitOf(entries, present);
    const { committed, revision } = dryRun
      ? { committed: true, revision: 0 }
      : await plainStore.commit(commit);
    if (!committed) continue;
    if (!dryRun) {
      noteWrite(revision, []);
      await mirror.reached(revision, MIRRORED_MAX_MS);
    }
    return {
      revision: BigInt(revision),
      backupRevision: BigInt(header.revision),
      backupTimeUnixMs: BigInt(Date.parse(header.createTime)),
      accountCount: accountsOf(entries).size,
      entityCount: entries.filter(isEntity).length,
      removedCount: commit.deletes.filter((key) => isEntity({ key })).length,
    };
  }
  throw new Refusal(
    "conflict",
    "nothing was restored: others write to the store all the time; stop them and try again",
  );
}
