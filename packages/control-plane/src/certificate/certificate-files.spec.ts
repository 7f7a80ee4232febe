import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { type Authority, openAuthority } from "@tollgate/certificates";
import type { Application } from "../application.ts";
import { createApplicationPort } from "../aws/application-port.ts";
import { startMemoryApplication } from "../memory-application.ts";
import { CertificateFiles } from "./certificate-files.ts";

const ACCOUNT = "000000000000";
const DAY_MS = 24 * 60 * 60 * 1000;
const root = mkdtempSync(join(tmpdir(), "tollgate-certificate-files-"));
let authority: Authority;
let application: Application & AsyncDisposable;
let folder: string;
let folders = 0;
let warned: { readonly certificate: string; readonly reason: string }[];
let nowMs: number;

beforeAll(async () => {
  authority = await openAuthority(join(root, "authority"));
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(async () => {
  application = await startMemoryApplication();
  folder = join(root, `files-${++folders}`);
  mkdirSync(folder);
  warned = [];
  nowMs = Date.now();
});
afterEach(() => application[Symbol.asyncDispose]());

const files = () =>
  new CertificateFiles({
    application,
    folder,
    logger: {
      info: () => undefined,
      warn: (details: object) => void warned.push(details as (typeof warned)[number]),
    } as never,
    nowMs: () => nowMs,
  });
const issued = (name = "shop.example.com") => authority.issue({ names: [name], validMs: 90 * DAY_MS });
/** As a mounted Secret is: a link to a folder that is replaced at once. */
function mount(name: string, content: Readonly<Record<string, string>>): void {
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  const data = `..${Math.random()}`;
  mkdirSync(join(own, data));
  for (const [file, text] of Object.entries(content)) writeFileSync(join(own, data, file), text);
  symlinkSync(data, join(own, "..next"));
  renameSync(join(own, "..next"), join(own, "..data"));
  for (const file of Object.keys(content)) {
    rmSync(join(own, file), { force: true });
    symlinkSync(join("..data", file), join(own, file));
  }
}
const mounted = ({ certificate, privateKey }: { certificate: string; privateKey: string }) => ({
  "tls.crt": certificate + authority.certificate,
  "tls.key": privateKey,
});
const stored = (id = "shop", account = ACCOUNT) =>
  application.mirror.account(account).find("Certificate", "", id)?.spec;

it("a mounted Secret is imported under its name, and again when it is replaced", async () => {
  const certificates = files();
  const [first, second] = [await issued(), await issued()];
  mount("shop", mounted(first));
  await certificates.run();
  expect(stored()).toEqual({
    certificate: first.certificate,
    certificateChain: authority.certificate,
    privateKey: first.privateKey,
  });
  const before = application.mirror.revision;
  await certificates.run();
  await files().run();
  expect(application.mirror.revision).toBe(before);
  mount("shop", mounted(second));
  await certificates.run();
  expect(stored()?.certificate).toBe(second.certificate);
});

it("a file may have everything in it, and name an account", async () => {
  const { certificate, privateKey } = await issued();
  writeFileSync(join(folder, "123456789012.own-1.pem"), `notes\n${privateKey}${certificate}`);
  writeFileSync(join(folder, "README.md"), "no certificate");
  await files().run();
  expect(stored("own-1", "123456789012")).toEqual({ certificate, privateKey });
  expect(warned).toEqual([]);
});

it.each<
  [string, (right: { certificate: string; privateKey: string }) => Promise<Record<string, string>>, RegExp]
>([
  [
    "no certificate",
    async ({ privateKey }) => ({ "tls.crt": "", "tls.key": privateKey }),
    /has no certificate in PEM/,
  ],
  [
    "no key",
    async ({ certificate }) => ({ "tls.crt": certificate, "tls.key": "none" }),
    /has no private key in PEM/,
  ],
  ["one file", async ({ certificate }) => ({ "tls.crt": certificate }), /has not both files/],
  [
    "the key of another",
    async ({ certificate }) => ({ "tls.crt": certificate, "tls.key": (await issued()).privateKey }),
    /is not the key of the certificate/,
  ],
  [
    "a broken chain",
    async ({ certificate, privateKey }) => ({
      "tls.crt": certificate + (await issued()).certificate,
      "tls.key": privateKey,
    }),
    /must begin with the issuer/,
  ],
  [
    "an end in the past",
    async () => {
      const ended = await authority.issue({ names: ["shop.example.com"], validMs: -1_000 });
      return { "tls.crt": ended.certificate, "tls.key": ended.privateKey };
    },
    /not valid any more/,
  ],
])(
  "one with %s is named once, what was imported stays, and others are imported",
  async (_what, wrong, reason) => {
    const certificates = files();
    const right = await issued();
    mount("shop", mounted(right));
    mount("other", mounted(await issued("other.example.com")));
    await certificates.run();
    rmSync(join(folder, "shop"), { recursive: true });
    mount("shop", await wrong(right));
    mount("third", mounted(await issued("third.example.com")));
    await certificates.run();
    nowMs += 10 * 60_000;
    await certificates.run();
    expect(warned).toEqual([{ certificate: "shop", reason: expect.stringMatching(reason) as string }]);
    expect([stored(), stored("third") !== undefined]).toEqual([
      expect.objectContaining({ certificate: right.certificate }),
      true,
    ]);
    const next = await issued();
    rmSync(join(folder, "shop"), { recursive: true });
    mount("shop", mounted(next));
    await certificates.run();
    expect(stored()?.certificate).toBe(next.certificate);
  },
);

it("a name that no certificate can have is reported", async () => {
  mount("shop_1", mounted(await issued()));
  await files().run();
  expect(warned).toMatchObject([
    { certificate: "shop_1", reason: expect.stringContaining("is not named by an id") as string },
  ]);
});

it.each(["shop.pem", `${ACCOUNT}.shop.pem`])(
  "two that become the same certificate are reported, do not take turns, and one alone is imported: %s",
  async (other) => {
    const certificates = files();
    const [first, second] = [await issued(), await issued()];
    mount("shop", mounted(first));
    await certificates.run();
    writeFileSync(join(folder, other), second.certificate + second.privateKey);
    const before = application.mirror.revision;
    for (let i = 0; i < 3; i++) await certificates.run();
    expect(application.mirror.revision).toBe(before);
    expect(warned.map(({ reason }) => reason).sort()).toEqual([
      `becomes the same certificate as ${other}: remove one of both`,
      "becomes the same certificate as shop: remove one of both",
    ]);
    rmSync(join(folder, "shop"), { recursive: true });
    await certificates.run();
    expect(stored()?.certificate).toBe(second.certificate);
  },
);

it("a control plane that starts with older files does not put them back, and follows when they change", async () => {
  const older = await authority.issue({ names: ["shop.example.com"], validMs: 30 * DAY_MS });
  mount("shop", mounted(older));
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 10 * 60_000 });
  const { certificate, privateKey } = await issued();
  vi.useRealTimers();
  await createApplicationPort(application).change(ACCOUNT, () => ({
    puts: [{ kind: "Certificate", apiId: "", id: "shop", spec: { certificate, privateKey } }],
  }));
  const certificates = files();
  await certificates.run();
  expect(stored()?.certificate).toBe(certificate);
  const back = await issued();
  mount("shop", mounted(back));
  await certificates.run();
  expect(stored()?.certificate).toBe(back.certificate);
});

it("what was tagged stays so, and files that are gone leave their certificate", async () => {
  const certificates = files();
  mount("shop", mounted(await issued()));
  await certificates.run();
  const { certificateChain = "", certificate = "" } = stored() ?? {};
  await createApplicationPort(application).change(ACCOUNT, () => ({
    puts: [
      {
        kind: "Certificate",
        apiId: "",
        id: "shop",
        spec: { certificate, certificateChain, tags: { team: "shop" } },
      },
    ],
  }));
  mount("shop", mounted(await issued()));
  await certificates.run();
  expect(stored()?.tags).toEqual({ team: "shop" });
  rmSync(join(folder, "shop"), { recursive: true });
  await certificates.run();
  expect([stored() !== undefined, warned]).toEqual([true, []]);
});
