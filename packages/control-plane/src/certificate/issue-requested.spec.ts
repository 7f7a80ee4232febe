import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Authority, openAuthority } from "@tollgate/certificates";
import type { Kind, SpecOf } from "@tollgate/config";
import type { Application } from "../application.ts";
import { createApplicationPort } from "../aws/application-port.ts";
import { certificateReadings } from "../http/metrics.ts";
import { startMemoryApplication } from "../memory-application.ts";
import { AcmeAccounts } from "./acme/acme-account.ts";
import { AcmeError } from "./acme/acme-error.ts";
import type { Issued, Ordering, OrderRequest } from "./acme/ordering.ts";
import { RequestedCertificates } from "./issue-requested.ts";
import { renewCertificates } from "./renew-certificates.ts";

const ACCOUNT = "000000000000";
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const folder = mkdtempSync(join(tmpdir(), "tollgate-requested-"));
const silent = { info: () => undefined, warn: () => undefined };
/** One that clients trust, and the internal one. */
let [trusted, internal]: Authority[] = [];
let application: Application & AsyncDisposable;
/** What was ordered, and what comes of it. */
let ordered: OrderRequest[];
let outcome: (request: OrderRequest) => Promise<Issued>;
let nowMs: number;

type Wanted = { readonly names: readonly string[]; readonly keyType: OrderRequest["keyType"] };

const issuedBy = async (authority: Authority, { names, keyType }: Wanted) => ({
  ...(await authority.issue({
    names: names as readonly [string],
    keyType,
    // It begins by the real clock.
    validMs: nowMs - Date.now() + 90 * DAY_MS,
  })),
  certificateChain: authority.certificate,
});

beforeAll(async () => {
  trusted = await openAuthority(join(folder, "trusted"));
  internal = await openAuthority(join(folder, "internal"));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  application = await startMemoryApplication();
  ordered = [];
  nowMs = Date.now();
  outcome = (request) => issuedBy(trusted as Authority, request);
});
afterEach(() => application[Symbol.asyncDispose]());

const ordering: Ordering = {
  directoryUrl: "https://acme.example.com/directory",
  order: (request) => {
    ordered.push(request);
    return outcome(request);
  },
};

/** A control plane of the cluster, by its name. */
const plane = (name: string, by: Ordering | "none" = ordering) =>
  new RequestedCertificates({
    application: { ...application, plane: name },
    issue: (request) => issuedBy(internal as Authority, request),
    ordering: by === "none" ? undefined : by,
    logger: silent,
    nowMs: () => nowMs,
  });

const put = (kind: Kind, id: string, spec: object) =>
  createApplicationPort(application).change(ACCOUNT, () => ({ puts: [{ kind, apiId: "", id, spec }] }));
const account = () => application.mirror.account(ACCOUNT);
const request = (spec: object = {}) =>
  put("CertificateRequest", "shop", { names: ["shop.example.com"], ...spec });
const progress = (): SpecOf<"CertificateRequest">["progress"] =>
  account().find("CertificateRequest", "", "shop")?.spec.progress;
/** What is left of a request whose certificate has come from the authority. */
const justIssued = (): SpecOf<"CertificateRequest">["progress"] => ({
  subject: "EC_prime256v1 shop.example.com",
  issuer: "ACME",
  issued: new X509Certificate(certificate()?.certificate ?? "").fingerprint256,
  failedAttempts: 0,
});
const certificate = () => account().find("Certificate", "", "shop")?.spec;
const failing = () =>
  certificateReadings(application, nowMs).find(({ name }) => name === "tollgate.certificates.failing")?.value;
const presented = () =>
  put("DomainName", "shop.example.com", {
    endpointConfiguration: { types: ["REGIONAL"] },
    regionalCertificateArn: "shop",
  });
/** Looks at all requests at a time. */
const runAt = async (certificates: RequestedCertificates, atMs: number) => {
  nowMs = atMs;
  certificates.reset();
  await certificates.run();
};

describe("a certificate that is requested", () => {
  it("is ordered once, with an account whose key is made, sealed and kept", async () => {
    await request({ tags: { team: "shop" } });
    const certificates = plane("a");
    await certificates.run();
    expect(certificate()).toMatchObject({ origin: "ISSUED", tags: { team: "shop" } });
    expect(progress()).toEqual(justIssued());
    await runAt(certificates, nowMs + DAY_MS);
    expect(ordered.length).toBe(1);
    const [{ id, spec } = { id: "", spec: {} }] = account().list("AcmeAccount", "");
    expect(spec).toMatchObject({ directoryUrl: ordering.directoryUrl, accountKey: ordered[0]?.accountKey });
    expect(spec).not.toHaveProperty("lease");
    const stored = await application.plainStore.list(`${ACCOUNT}/acmeaccounts/${id}`);
    expect(stored.entries[0]?.value).not.toContain("PRIVATE KEY");
  });

  it("is renewed when a third of its life is left, if a domain presents it, and never by another authority", async () => {
    await request();
    const beganMs = nowMs;
    await plane("a").run();
    const before = certificate();
    await runAt(plane("a"), beganMs + 80 * DAY_MS);
    expect(certificate()).toEqual(before);
    await presented();
    await runAt(plane("a"), beganMs + 59 * DAY_MS);
    expect(certificate()).toEqual(before);
    // The operator has taken the authority away: the internal one is none that clients know.
    await runAt(plane("a", "none"), beganMs + 61 * DAY_MS);
    const issue = (wanted: Wanted) => issuedBy(internal as Authority, wanted);
    await renewCertificates({ application, issue, logger: silent, nowMs: () => nowMs });
    expect(certificate()).toEqual(before);
    expect(progress()?.failure?.message).toContain("TOLLGATE_ACME_DIRECTORY is not set");
    await runAt(plane("a"), beganMs + 62 * DAY_MS);
    expect(certificate()?.certificate).not.toBe(before?.certificate);
    expect([progress()?.failure, ordered.length]).toEqual([undefined, 2]);
  });

  it("is renewed before its time if that is asked for, once, and whether a domain presents it or not", async () => {
    await request();
    await plane("a").run();
    const before = certificate();
    await request({ progress: { ...progress(), renewalAskedUnixMs: nowMs } });
    await plane("a").run();
    const after = certificate();
    expect(after?.certificate).not.toBe(before?.certificate);
    expect(progress()).not.toHaveProperty("renewalAskedUnixMs");
    await runAt(plane("a"), nowMs + DAY_MS);
    expect(certificate()).toEqual(after);
  });

  it("is issued by the internal authority where there is no other, or where that is asked for", async () => {
    await request();
    await plane("a", "none").run();
    expect(certificate()?.certificateChain).toBe(internal?.certificate);
    // It proves nothing.
    expect(progress()).not.toHaveProperty("issued");
    await put("CertificateRequest", "own", { names: ["own.example.com"], authority: "INTERNAL" });
    await runAt(plane("a"), nowMs);
    expect(account().find("Certificate", "", "own")?.spec.certificateChain).toBe(internal?.certificate);
    expect(ordered).toEqual([]);
  });

  it("is issued anew for other names, and keeps what became of it when it is applied again", async () => {
    await request();
    const certificates = plane("a");
    await certificates.run();
    const before = progress();
    await request();
    expect(progress()).toEqual(before);
    await request({ names: ["shop.example.com", "www.example.com"] });
    outcome = () => Promise.reject(new AcmeError("connection", "not yet"));
    await runAt(certificates, nowMs);
    expect(progress()?.issued).toBe(before?.issued);
    outcome = (order) => issuedBy(trusted as Authority, order);
    await runAt(certificates, nowMs + 2 * MINUTE_MS);
    expect(ordered.map(({ names }) => names.length)).toEqual([1, 2, 2]);
  });

  it("is presented, but not ordered again at once, if it is due as soon as it is issued", async () => {
    await request();
    await presented();
    outcome = async ({ names, keyType }) => ({
      ...(await (trusted as Authority).issue({ names: names as [string], keyType, validMs: 90 * DAY_MS })),
      certificateChain: "",
    });
    const aheadMs = nowMs + 70 * DAY_MS;
    for (const minute of [0, 0.5, 0.9, 1.5, 2, 5]) await runAt(plane("a"), aheadMs + minute * MINUTE_MS);
    expect([ordered.length, certificate() !== undefined]).toEqual([2, true]);
    expect(progress()).toMatchObject({ failedAttempts: 2, failure: { type: "malformed" } });
    expect(progress()?.failure?.message).toContain("is the clock of this control plane right?");
  });

  it("leaves a certificate alone that was imported in its place, and may not ask for the id of one", async () => {
    await request();
    const certificates = plane("a");
    await certificates.run();
    const own = await issuedBy(internal as Authority, {
      names: ["shop.example.com"],
      keyType: "EC_prime256v1",
    });
    await put("Certificate", "shop", own);
    await presented();
    await runAt(certificates, nowMs + 89 * DAY_MS);
    expect([certificate()?.certificate, ordered.length]).toEqual([own.certificate, 1]);
    await expect(request({ keyType: "RSA_2048" })).rejects.toMatchObject({
      problems: [expect.objectContaining({ code: "CERTIFICATE_IMPORTED" })],
    });
  });
});

describe("an order that fails", () => {
  const refuse = (type: string, retryAfterMs?: number) => {
    outcome = async () => {
      throw new AcmeError(type, "shop.example.com was not proved: no such host", retryAfterMs);
    };
  };
  const failedAt = (...minutes: readonly number[]) => minutes.map((minute) => minute * MINUTE_MS);

  it("is tried again after one, four, sixteen minutes, also by a process that starts meanwhile", async () => {
    await request();
    refuse("dns");
    const beganMs = nowMs;
    await plane("a").run();
    expect(progress()).toMatchObject({
      failedAttempts: 1,
      failure: { type: "dns", message: expect.stringContaining("no such host") as string },
    });
    expect(failing()).toBe(1);
    const times = [0];
    for (const minute of failedAt(0.9, 1, 4.9, 5, 20.9, 21, 85)) {
      const before = ordered.length;
      await runAt(plane("b"), beganMs + minute);
      if (ordered.length > before) times.push(minute / MINUTE_MS);
    }
    expect(times).toEqual([0, 1, 5, 21, 85]);
    expect(ordered.map(({ failedAttempts }) => failedAttempts)).toEqual([0, 1, 2, 3, 4]);
    outcome = (wanted) => issuedBy(trusted as Authority, wanted);
    await runAt(plane("a"), beganMs + 10 * HOUR_MS);
    expect([certificate() !== undefined, failing(), progress()?.failedAttempts]).toEqual([true, 0, 0]);
  });

  it("waits as long as the authority asks to, and an hour where a limit of rates was met", async () => {
    await request();
    refuse("rateLimited", 3 * DAY_MS);
    await plane("a").run();
    expect(progress()?.nextUnixMs).toBe(nowMs + 3 * DAY_MS);
    expect(new AcmeError("rateLimited", "too many").retryAfterMs).toBe(HOUR_MS);
  });

  it.each(["caa", "rejectedIdentifier", "unsupportedIdentifier"])(
    "for good (%s) is not tried again",
    async (type) => {
      await request();
      refuse(type);
      await plane("a").run();
      await runAt(plane("a"), nowMs + 10 * DAY_MS);
      expect([progress()?.end, ordered.length]).toEqual(["FAILED", 1]);
      outcome = (wanted) => issuedBy(trusted as Authority, wanted);
      await request({ names: ["other.example.com"] });
      await runAt(plane("a"), nowMs);
      expect(certificate()).toBeDefined();
    },
  );

  it("for 72 hours has timed out, but a renewal never ends", async () => {
    await request();
    refuse("connection");
    const beganMs = nowMs;
    await plane("a").run();
    await runAt(plane("a"), beganMs + 71 * HOUR_MS);
    expect(progress()?.end).toBeUndefined();
    await runAt(plane("a"), beganMs + 80 * HOUR_MS);
    expect(progress()?.end).toBe("TIMED_OUT");
    await request({ names: ["shop.example.com"], keyType: "RSA_2048" });
    outcome = (wanted) => issuedBy(trusted as Authority, wanted);
    await presented();
    await runAt(plane("a"), nowMs);
    const issuedMs = nowMs;
    refuse("rejectedIdentifier");
    await runAt(plane("a"), issuedMs + 70 * DAY_MS);
    await runAt(plane("a"), issuedMs + 80 * DAY_MS);
    expect([progress()?.end, progress()?.failedAttempts]).toEqual([undefined, 2]);
  });

  it("waits for a week at most, however long the authority asks to", async () => {
    await request();
    refuse("rateLimited", 365 * DAY_MS);
    await plane("a").run();
    expect(progress()?.nextUnixMs).toBe(nowMs + 7 * DAY_MS);
  });

  it("by a clock that was a year ahead is tried again by one that is right", async () => {
    await request();
    refuse("dns");
    const rightMs = nowMs;
    await runAt(plane("a"), rightMs + 365 * DAY_MS);
    await runAt(plane("b"), rightMs);
    expect(ordered.length).toBe(2);
  });

  it.each<[string, Partial<Wanted>]>([
    ["other names", { names: ["shop.example.com", "www.example.com"] }],
    ["another type of key", { keyType: "RSA_2048" }],
  ])("as the authority issues %s is not placed again at once", async (_what, wrong) => {
    await request();
    outcome = (wanted) => issuedBy(trusted as Authority, { ...wanted, ...wrong });
    const beganMs = nowMs;
    const certificates = plane("a");
    for (const second of [0, 1, 2, 59]) await runAt(certificates, beganMs + second * 1_000);
    expect([ordered.length, certificate()]).toEqual([1, undefined]);
    expect(progress()?.failure?.message).toMatch(
      /issued a certificate for .* but shop\.example\.com .* was asked/,
    );
  });

  it("that takes its time keeps no other waiting, and is not placed twice", async () => {
    await request();
    const { promise: late, resolve: finish } = Promise.withResolvers<void>();
    const { promise: isOrdering, resolve: begin } = Promise.withResolvers<void>();
    outcome = async (wanted) => {
      if (wanted.names[0] === "shop.example.com") {
        begin();
        await late;
      }
      return issuedBy(trusted as Authority, wanted);
    };
    const certificates = plane("a");
    const first = certificates.run();
    await isOrdering;
    await put("CertificateRequest", "two", { names: ["two.example.com"] });
    await certificates.run();
    expect([certificate(), account().find("Certificate", "", "two") === undefined]).toEqual([
      undefined,
      false,
    ]);
    expect(account().list("AcmeAccount", "")[0]?.spec.lease).toBeDefined();
    finish();
    await first;
    expect([ordered.length, certificate() !== undefined]).toEqual([2, true]);
    expect(account().list("AcmeAccount", "")[0]?.spec.lease).toBeUndefined();
  });

  it("keeps no other from being issued", async () => {
    await request();
    await put("CertificateRequest", "two", { names: ["two.example.com"] });
    outcome = async (wanted) => {
      if (wanted.names[0] === "shop.example.com") throw new AcmeError("dns", "no such host");
      return issuedBy(trusted as Authority, wanted);
    };
    await plane("a").run();
    expect([certificate(), account().find("Certificate", "", "two") === undefined]).toEqual([
      undefined,
      false,
    ]);
  });
});

describe("of several control planes", () => {
  it("one orders at a time, and another goes on when it is gone for good", async () => {
    await request();
    let release = () => {};
    const isOrdering = new Promise<void>((began) => {
      outcome = (wanted) => {
        began();
        return new Promise((resolve, reject) => {
          release = () => issuedBy(trusted as Authority, wanted).then(resolve, reject);
        });
      };
    });
    const first = plane("a").run();
    await isOrdering;
    await runAt(plane("b"), nowMs);
    expect(ordered.length).toBe(1);
    // The first is stopped in its order: its lease ends.
    const release1 = release;
    outcome = (wanted) => issuedBy(trusted as Authority, wanted);
    await runAt(plane("b"), nowMs + HOUR_MS);
    expect([ordered.length, certificate() !== undefined]).toEqual([2, true]);
    release1();
    await first;
    expect(account().list("AcmeAccount", "")[0]?.spec.lease).toBeUndefined();
  });

  it("one whose clock was wrong keeps no other from ordering when it is gone", async () => {
    await request();
    const rightMs = nowMs;
    nowMs += 365 * DAY_MS;
    outcome = () => new Promise(() => undefined);
    const isOrdering = plane("a").run();
    await expect.poll(() => ordered.length, { timeout: 20_000 }).toBe(1);
    outcome = (wanted) => issuedBy(trusted as Authority, wanted);
    await runAt(plane("b"), rightMs);
    expect(certificate()).toBeDefined();
    void isOrdering;
  });

  it("one whose turn for a certificate comes late orders none that another has got meanwhile", async () => {
    const ids = Array.from({ length: 17 }, (_, i) => `shop${i}`);
    for (const id of ids) await put("CertificateRequest", id, { names: [`${id}.example.com`] });
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    outcome = async (wanted) => {
      await held;
      return issuedBy(trusted as Authority, wanted);
    };
    const slow = plane("a").run();
    await expect.poll(() => ordered.length, { timeout: 20_000 }).toBe(16);
    // Its lease ends while sixteen orders are on their way, and another control plane gets all.
    outcome = (wanted) => issuedBy(trusted as Authority, wanted);
    await runAt(plane("b"), nowMs + HOUR_MS);
    expect(ordered.length).toBe(33);
    release();
    await slow;
    expect([ordered.length, account().list("Certificate", "").length]).toEqual([33, 17]);
    expect(account().list("AcmeAccount", "")[0]?.spec.lease).toBeUndefined();
  });

  it("one that begins again while it lets go keeps the others from ordering", async () => {
    const accounts = new AcmeAccounts({ ...application, plane: "a" }, ordering.directoryUrl, () => nowMs);
    const others = new AcmeAccounts({ ...application, plane: "b" }, ordering.directoryUrl, () => nowMs);
    expect(await accounts.lease()).toBeDefined();
    await accounts.release(() => false);
    expect([await others.lease(), await accounts.lease()]).toEqual([undefined, expect.any(String)]);
    await accounts.release(() => true);
    expect(await others.lease()).toBeDefined();
  });

  it.each([
    ["its order was placed", false],
    ["its challenges were offered", true],
  ])(
    "one that is killed when %s leaves nothing behind that another does not end",
    async (_when, isOffered) => {
      await request();
      const { promise: isOrdering, resolve: begin } = Promise.withResolvers<void>();
      const challenge = {
        type: "http-01",
        name: "shop.example.com",
        token: "t",
        keyAuthorization: "t.k",
      } as const;
      outcome = async ({ publish }) => {
        // No node is there that could have it: the process ends while it waits.
        if (isOffered) void publish([challenge]).catch(() => undefined);
        begin();
        return new Promise<never>(() => undefined);
      };
      void plane("a").run();
      await isOrdering;
      if (isOffered)
        await expect.poll(() => progress()?.challenges, { timeout: 20_000 }).toEqual([challenge]);
      outcome = (wanted) => issuedBy(trusted as Authority, wanted);
      await runAt(plane("b"), nowMs + 10 * MINUTE_MS);
      expect(ordered.length).toBe(1);
      await runAt(plane("b"), nowMs + 11 * MINUTE_MS);
      expect([ordered.length, account().list("Certificate", "").length]).toEqual([2, 1]);
      expect(progress()).toEqual(justIssued());
      expect(account().list("AcmeAccount", "")[0]?.spec.lease).toBeUndefined();
    },
  );

  it("one that ends lets go, and counts no failure", async () => {
    await request();
    const certificates = plane("a");
    outcome = ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
        certificates[Symbol.dispose]();
      });
    await certificates.run();
    expect(progress()).toBeUndefined();
    outcome = (wanted) => issuedBy(trusted as Authority, wanted);
    await runAt(plane("b"), nowMs);
    expect(certificate()).toBeDefined();
  });

  it("what was deleted while it was ordered stays away", async () => {
    await request();
    outcome = async (wanted) => {
      await createApplicationPort(application).change(ACCOUNT, () => ({
        deletes: [{ kind: "CertificateRequest", apiId: "", id: "shop" }],
      }));
      return issuedBy(trusted as Authority, wanted);
    };
    await plane("a").run();
    expect([certificate(), progress()]).toEqual([undefined, undefined]);
  });
});
