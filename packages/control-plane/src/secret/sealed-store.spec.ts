import { createCipheriv, createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openEmbeddedStore } from "../store/embedded-store.ts";
import { readAll, type Store } from "../store/store.ts";
import { resealSecrets, sealStore } from "./sealed-store.ts";
import { newSealingKey, readSealingKeys, Sealer } from "./sealer.ts";

const folder = mkdtempSync(join(tmpdir(), "tollgate-sealed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KEY = "000000000000/apikeys/k1";
const SECRET = "the-value-that-nobody-may-read";
const value = JSON.stringify({ labels: {}, spec: { enabled: true, value: SECRET } });
const sealerOf = (...keys: string[]) => new Sealer(readSealingKeys(keys) as readonly Buffer[]);
const [first, second] = [newSealingKey(), newSealingKey()] as const;

const put = (store: Store, key = KEY, text = value) =>
  store.commit({ guards: [], deletes: [], puts: [{ key, value: text }] });
const specIn = async (store: Store, key = KEY) => {
  const { entries } = await store.list(key);
  return (JSON.parse(entries[0]?.value ?? "{}") as { spec?: unknown }).spec;
};

describe("a sealed store", () => {
  it("stores secrets so that they cannot be read in its files, and returns them", async () => {
    const file = join(folder, "a", "config.db");
    await using store = sealStore(openEmbeddedStore({ file }), sealerOf(first));
    await put(store);
    expect(await specIn(store)).toEqual({ enabled: true, value: SECRET });
    for (const name of readdirSync(join(folder, "a")))
      expect(readFileSync(join(folder, "a", name), "latin1")).not.toContain(SECRET);
    for await (const item of store.watch({ prefix: "", signal: AbortSignal.timeout(5_000) })) {
      expect(item.kind === "listing" && (await readAll(item))[0]?.value).toContain(SECRET);
      break;
    }
  });

  it("stores entities without secrets unchanged", async () => {
    const plain = openEmbeddedStore({ file: join(folder, "b", "config.db") });
    await using store = sealStore(plain, sealerOf(first));
    await put(store, "000000000000/restapis/a", value);
    expect(await specIn(plain, "000000000000/restapis/a")).toEqual({ enabled: true, value: SECRET });
  });

  it("keys are rotated: the first seals, all open; without the old key its secrets cannot be opened", async () => {
    const plain = openEmbeddedStore({ file: join(folder, "c", "config.db") });
    await using _plain = plain;
    await put(sealStore(plain, sealerOf(first)));
    const rotated = sealStore(plain, sealerOf(second, first));
    expect(await specIn(rotated)).toMatchObject({ value: SECRET });
    await expect(specIn(sealStore(plain, sealerOf(second)))).rejects.toThrow(
      /not among the 1 keys of TOLLGATE_SECRETS_KEY/,
    );
    await put(rotated);
    expect(await specIn(sealStore(plain, sealerOf(second)))).toMatchObject({ value: SECRET });
  });

  it("after a rotation everything is sealed again with the first key, so that the old key can be removed", async () => {
    await using plain = openEmbeddedStore({ file: join(folder, "e", "config.db") });
    const before = sealStore(plain, sealerOf(first));
    for (let i = 0; i < 120; i++) await put(before, `${KEY}${i}`);
    await put(before, "000000000000/restapis/a");
    expect(await resealSecrets(plain, sealerOf(second, first))).toBe(120);
    expect(await resealSecrets(plain, sealerOf(second, first))).toBe(0);
    const after = sealStore(plain, sealerOf(second));
    for (let i = 0; i < 120; i++) expect(await specIn(after, `${KEY}${i}`)).toMatchObject({ value: SECRET });
  });

  it("secrets that an older version sealed can be opened, and are sealed again", async () => {
    // Sealed by that version with this key for this place.
    const key = Buffer.alloc(32, 7);
    const nonce = Buffer.alloc(12, 1);
    const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(`${KEY}.value`));
    const data = Buffer.concat([nonce, cipher.update(SECRET), cipher.final(), cipher.getAuthTag()]);
    const id = createHash("sha256").update(key).digest("hex").slice(0, 8);
    const sealed = `tollgate-sealed:v1:${id}:${data.toString("base64")}`;
    await using plain = openEmbeddedStore({ file: join(folder, "f", "config.db") });
    await put(plain, KEY, JSON.stringify({ labels: {}, spec: { enabled: true, value: sealed } }));
    const sealer = new Sealer([key]);
    expect(await specIn(sealStore(plain, sealer))).toMatchObject({ value: SECRET });
    expect(await resealSecrets(plain, sealer)).toBe(1);
    expect(await specIn(plain)).toMatchObject({ value: expect.stringMatching(/^tollgate-sealed:v2:/) });
    expect(await specIn(sealStore(plain, sealer))).toMatchObject({ value: SECRET });
  });

  it("a sealed secret opens only at its own place, and not if it was changed", () => {
    const sealer = sealerOf(first);
    const sealed = sealer.seal("x", "here");
    expect(sealer.open(sealed, "here")).toBe("x");
    expect(() => sealer.open(sealed, "there")).toThrow();
    expect(() => sealer.open(`${sealed.slice(0, -4)}AAA=`, "here")).toThrow();
    expect(sealer.seal("x", "here")).not.toBe(sealed);
  });

  it("without a key secrets are refused, and everything else is stored", async () => {
    await using store = sealStore(openEmbeddedStore({ file: join(folder, "d", "config.db") }), sealerOf());
    await expect(async () => put(store)).rejects.toThrow(/set TOLLGATE_SECRETS_KEY/);
    await put(store, "000000000000/restapis/a");
  });

  it("invalid keys are reported", () => {
    expect(readSealingKeys(["c2hvcnQ="])).toMatch(/must be 32 bytes in base64/);
  });
});
