import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nameOf } from "@tollgate/config";
import { ApplyRequestSchema, RestoreBackupRequestSchema } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { apply } from "../config/apply.ts";
import { createRootKey } from "../identity/root-key.ts";
import { startMemoryApplication } from "../memory-application.ts";
import { newSealingKey } from "../secret/sealer.ts";
import { getBackup } from "./get-backup.ts";
import { restoreBackup } from "./restore-backup.ts";

type Memory = Application & AsyncDisposable;

const KEY = newSealingKey();
const OPERATOR = { name: "ada", roles: ["admin"] } as const;

let source: Memory;
let target: Memory;
beforeEach(async () => {
  source = await startMemoryApplication({}, KEY);
  target = await startMemoryApplication({}, KEY);
  await applyTo(source, "000000000000", "petkey0001");
  await applyTo(source, "111111111111", "petkey0002");
});
afterEach(async () => {
  await source[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

const applyTo = (application: Application, accountId: string, id: string) =>
  apply(
    application,
    create(ApplyRequestSchema, {
      accountId,
      entities: [
        { kind: "ApiKey", id, specJson: JSON.stringify({ name: id, value: `value-of-${id}-1234567` }) },
      ],
    }),
    OPERATOR,
  );

async function backup(application = source): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const { piece } of getBackup(application)) pieces.push(piece);
  return Buffer.concat(pieces);
}

interface Options {
  readonly into?: Memory;
  readonly dryRun?: boolean;
  readonly replace?: boolean;
}

function restore(bytes: Buffer, { into = target, dryRun = false, replace = false }: Options = {}) {
  const others = async function* () {
    for (let at = 0; at < bytes.length; at += 100)
      yield create(RestoreBackupRequestSchema, { piece: bytes.subarray(at, at + 100) });
  };
  return restoreBackup(into, [create(RestoreBackupRequestSchema, { dryRun, replace }), others()]);
}

const entitiesOf = (application: Application) =>
  [...application.mirror.accounts].flatMap(([accountId, { entities }]) =>
    [...entities.values()].map(({ entity, digest }) => `${accountId}/${nameOf(entity)} ${digest}`),
  );

const gzipped = (lines: readonly string[]) => gzipSync(lines.map((line) => `${line}\n`).join(""));
const linesOf = (bytes: Buffer) => gunzipSync(bytes).toString().trimEnd().split("\n");

/** A file with other lines. */
const edited = (bytes: Buffer, edit: (lines: string[]) => string[]) => gzipped(edit(linesOf(bytes)));

/** The same with the checksum of its lines, as another version would write it. */
function written(bytes: Buffer, edit: (lines: string[]) => string[]): Buffer {
  const lines = edit(linesOf(bytes).slice(0, -1));
  const sha256 = createHash("sha256")
    .update(lines.map((line) => `${line}\n`).join(""))
    .digest("hex");
  return gzipped([...lines, JSON.stringify({ entries: lines.length - 1, sha256 })]);
}

describe("a backup", () => {
  it("restores all accounts with their secrets into an empty store, in one revision", async () => {
    const restored = await restore(await backup());
    expect(restored).toMatchObject({ accountCount: 2, entityCount: 2, removedCount: 0 });
    expect(restored.backupRevision).toBe(BigInt(source.mirror.revision));
    expect(entitiesOf(target)).toEqual(entitiesOf(source));
    const key = target.mirror.account("111111111111").find("ApiKey", "", "petkey0002");
    expect(key?.spec.value).toBe("value-of-petkey0002-1234567");
    expect(target.mirror.account("000000000000").revision).toBe(Number(restored.revision));
    await applyTo(target, "111111111111", "petkey0003");
    expect(entitiesOf(target)).toHaveLength(3);
  });

  it("contains no secret that is not sealed", async () => {
    expect(gunzipSync(await backup()).toString()).not.toContain("value-of-petkey");
  });

  it("is restored into a store that contains only the first key of its account, which it replaces", async () => {
    expect(await createRootKey(target)).toBeDefined();
    expect(await restore(await backup())).toMatchObject({ removedCount: 1 });
    expect(entitiesOf(target)).toEqual(entitiesOf(source));
  });

  it("replaces what a store contains, also accounts that it does not have, which can be written to again", async () => {
    const bytes = await backup();
    await applyTo(target, "222222222222", "otherkey01");
    expect(await restore(bytes, { replace: true })).toMatchObject({ entityCount: 2, removedCount: 1 });
    expect(entitiesOf(target)).toEqual(entitiesOf(source));
    await applyTo(target, "222222222222", "otherkey02");
    expect(entitiesOf(target)).toHaveLength(3);
  });

  it("is only checked in a dry run", async () => {
    expect(await restore(await backup(), { dryRun: true })).toMatchObject({ revision: 0n, entityCount: 2 });
    expect(entitiesOf(target)).toEqual([]);
  });

  it("is one of an empty store, too", async () => {
    const bytes = await backup(target);
    expect(await restore(bytes, { into: source, replace: true })).toMatchObject({
      entityCount: 0,
      removedCount: 2,
    });
    expect(entitiesOf(source)).toEqual([]);
  });
});

describe("nothing is restored of", () => {
  const header = (change: object) => (lines: string[]) => [
    JSON.stringify({ ...(JSON.parse(lines[0] ?? "") as object), ...change }),
    ...lines.slice(1),
  ];
  const wrong: readonly (readonly [what: string, change: (bytes: Buffer) => Buffer, message: RegExp])[] = [
    ["no file", () => Buffer.alloc(0), /the file is cut/],
    [
      "a file that was cut",
      (bytes) => bytes.subarray(0, bytes.length - 20),
      /the file is cut: its end is missing/,
    ],
    [
      "a file that was cut after a line",
      (bytes) => edited(bytes, (lines) => lines.slice(0, -1)),
      /the file is cut/,
    ],
    [
      "a file without one of its lines",
      (bytes) => edited(bytes, (lines) => lines.toSpliced(1, 1)),
      /its checksum is another one/,
    ],
    [
      "a file that was edited",
      (bytes) => edited(bytes, (lines) => lines.map((line) => line.replace("petkey0001", "petkey0009"))),
      /its checksum is another one/,
    ],
    [
      "a file with something behind it",
      (bytes) => edited(bytes, (lines) => [...lines, "{}"]),
      /something follows its end/,
    ],
    [
      "a file with a flipped bit",
      (bytes) => Buffer.from(bytes.map((byte, i) => (i === bytes.length - 200 ? byte ^ 1 : byte))),
      /damaged|checksum|not a backup/,
    ],
    ["a manifest", () => Buffer.from("kind: RestApi\n"), /the file is not a backup of Tollgate$/],
    ["another gzipped file", () => gzipSync('{"kind":"RestApi"}\n'), /the file is not a backup of Tollgate$/],
    [
      "a file of a newer format",
      (bytes) => edited(bytes, header({ tollgateBackup: 2, softwareVersion: "9.1.0" })),
      /Tollgate 9\.1\.0 made the file, in format 2; this control plane reads format 1: restore it with that version/,
    ],
    [
      "a kind of a newer version",
      (bytes) =>
        written(bytes, ([first = "", ...lines]) => [
          first,
          '{"key":"000000000000/gadgets/a","value":"{}"}',
          ...lines,
        ]),
      /does not know the kind of '000000000000\/gadgets\/a': Tollgate 0\.1\.0 made the file/,
    ],
    [
      "a value of a newer version",
      (bytes) =>
        written(bytes, (lines) => lines.map((line) => line.replace('\\"format\\":4', '\\"format\\":5'))),
      /is in format 5, this control plane reads up to 4/,
    ],
    [
      "a key of no account",
      (bytes) => written(bytes, (lines) => lines.map((line) => line.replace('"000000000000/', '"../'))),
      /which is not the key of an account/,
    ],
  ];
  it.each(wrong)("%s", async (_what, change, message) => {
    const refused = restore(change(await backup()), { replace: true });
    await expect(refused).rejects.toMatchObject({
      reason: "invalid",
      message: expect.stringMatching(message) as string,
    });
    expect(entitiesOf(target)).toEqual([]);
  });

  it("a file whose secrets no key opens", async () => {
    await using other = await startMemoryApplication();
    await expect(restore(await backup(), { into: other })).rejects.toMatchObject({
      reason: "failed-precondition",
      message: expect.stringMatching(
        /the secret at 000000000000\/apikeys\/petkey0001\.value is sealed with key '\w{8}', which is not among the 1 keys of TOLLGATE_SECRETS_KEY: add the key/,
      ) as string,
    });
    expect(entitiesOf(other)).toEqual([]);
  });

  it("a backup, if the store is not empty", async () => {
    await applyTo(target, "222222222222", "otherkey01");
    const before = entitiesOf(target);
    for (const dryRun of [false, true])
      await expect(restore(await backup(), { dryRun })).rejects.toMatchObject({
        reason: "failed-precondition",
        message: expect.stringMatching(
          /it contains 1 entities, such as 222222222222\/apikeys\/otherkey01/,
        ) as string,
      });
    expect(entitiesOf(target)).toEqual(before);
  });
});
