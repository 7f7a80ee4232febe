import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Entity, parseManifest } from "@tollgate/config";
import { type Logger, stateOf } from "@tollgate/telemetry";
import type { Application } from "../application.ts";
import { changeAccount } from "../change/change.ts";
import { refuse } from "../config/refuse.ts";
import { accountOf } from "../config/wire.ts";
import { Refusal, type RefusalReason } from "../refusal.ts";
import { certificateSpecOf, type PemPair, pairOf } from "./pem-pair.ts";

/** What was refused may be taken later, though its files are the same: a quota was raised. */
const REFUSED_AGAIN_MS = 60_000;
/** The id of a certificate, which may begin with its account: 123456789012.shop. */
const NAME = /^(?:(\d{12})\.)?([A-Za-z0-9][A-Za-z0-9-]{0,63})$/;

/** Why a change is refused that another time may be taken. */
const PASSING: ReadonlySet<RefusalReason> = new Set(["unavailable", "conflict", "timeout"]);

const reasonOf = ({ problems, message }: Refusal): string =>
  problems.length === 0 ? message : problems.map((one) => `${one.path}: ${one.message}`).join("; ");

/** Found is a certificate as it lies in the folder. */
interface Found {
  readonly name: string;
  /** In its folder. */
  readonly path: string;
  /** What it becomes; undefined: no certificate can have its name. */
  readonly becomes: { readonly accountId: string; readonly id: string } | undefined;
  /** Of the certificate and its key. */
  readonly files: readonly string[];
}

export interface CertificateFilesOptions {
  readonly application: Application;
  /** Has {id}/tls.crt and {id}/tls.key, as mounted Secrets do, or {id}.pem with everything. */
  readonly folder: string;
  readonly logger: Pick<Logger, "info" | "warn">;
  readonly nowMs: () => number;
}

function foundAs(name: string, path: string, files: readonly string[]): Found {
  const [, account, id] = NAME.exec(name) ?? [];
  return {
    name,
    path,
    files,
    becomes: id === undefined ? undefined : { accountId: accountOf(account ?? ""), id },
  };
}

/** Names with a dot in front are those of Kubernetes, by which it replaces the content of a volume at once. */
function foundIn(folder: string): readonly Found[] {
  return readdirSync(folder).flatMap((entry): Found[] => {
    if (entry.startsWith(".")) return [];
    const path = join(folder, entry);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
      return [foundAs(entry, entry, [join(path, "tls.crt"), join(path, "tls.key")])];
    return entry.endsWith(".pem") ? [foundAs(entry.slice(0, -".pem".length), entry, [path])] : [];
  });
}

/** Another one that becomes the same certificate, such as shop.pem besides shop/: they would take turns. */
const rivalOf = ({ path, becomes }: Found, all: readonly Found[]): string | undefined =>
  becomes &&
  all.find(
    (other) =>
      other.path !== path &&
      other.becomes?.id === becomes.id &&
      other.becomes.accountId === becomes.accountId,
  )?.path;

/** Throws with what is wrong, in words. */
const readPair = ({ files }: Found): PemPair => pairOf(files.map((file) => readFileSync(file, "utf8")));

const beginOf = (pem: string): number => {
  try {
    return new X509Certificate(pem).validFromDate.getTime();
  } catch {
    return Number.NEGATIVE_INFINITY;
  }
};

/**
 * CertificateFiles imports certificates from a folder, such as mounted Secrets, under the names of their files, and again when they change. One that cannot be used is reported by its
 * name, and what was imported before stays; so does one whose files are gone, as a domain may present it.
 */
export class CertificateFiles {
  readonly #options: CertificateFilesOptions;
  /** By path: the files as they were when they were last imported, or refused. */
  readonly #known = new Map<string, { readonly state: string; readonly refusedMs: number | undefined }>();
  #reported = new Map<string, string>();

  constructor(options: CertificateFilesOptions) {
    this.#options = options;
  }

  /** run imports what is new. It throws what failed for a reason that is not in the files, when all others have had their turn. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    const all = foundIn(this.#options.folder);
    for (const found of all)
      await this.#look(found, rivalOf(found, all)).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, String(failures[0]));
  }

  async #look(found: Found, rival: string | undefined): Promise<void> {
    const nowMs = this.#options.nowMs();
    const known = this.#known.get(found.path);
    let state: string;
    try {
      state = [...found.files.map(stateOf), rival].join();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      state = "incomplete";
    }
    const isRefused = known?.refusedMs !== undefined;
    if (known?.state === state && !(isRefused && nowMs - (known.refusedMs ?? 0) >= REFUSED_AGAIN_MS)) return;
    try {
      if (rival !== undefined)
        throw new Refusal("invalid", `becomes the same certificate as ${rival}: remove one of both`);
      if (state === "incomplete")
        throw new Refusal("invalid", "has not both files, tls.crt and tls.key, of a mounted Secret");
      await this.#import(found, known === undefined);
      this.#known.set(found.path, { state, refusedMs: undefined });
      this.#reported.delete(found.path);
    } catch (error) {
      if (!(error instanceof Refusal) || PASSING.has(error.reason)) throw error;
      this.#known.set(found.path, { state, refusedMs: nowMs });
      this.#report(found, reasonOf(error));
    }
  }

  #report({ name, path }: Found, reason: string): void {
    if (this.#reported.get(path) === reason) return;
    this.#reported.set(path, reason);
    const { folder, logger } = this.#options;
    logger.warn(
      { certificate: name, reason },
      `the certificate '${name}' in ${folder} cannot be used: what was imported before stays`,
    );
  }

  async #import(found: Found, isFirst: boolean): Promise<void> {
    const { application, logger } = this.#options;
    if (!found.becomes)
      throw new Refusal(
        "invalid",
        "is not named by an id of a-z, A-Z, 0-9 and -, which an account and a dot may precede: 123456789012.shop",
      );
    const pair = readPair(found);
    const { accountId, id } = found.becomes;
    let isOlder = false;
    const { entities } = await changeAccount(application, {
      accountId,
      asker: "allowed",
      want: (state) => {
        const stored = state.find("Certificate", "", id);
        // Another control plane has newer files already: those of this one follow.
        isOlder =
          isFirst && stored !== undefined && beginOf(stored.spec.certificate) > beginOf(pair.certificate);
        return isOlder ? {} : { entities: [entityOf(id, pair, stored)] };
      },
    });
    if (isOlder)
      logger.info(
        { accountId, certificate: id },
        "a certificate in a file is older than the stored one, which stays",
      );
    else if (entities.some(({ action }) => action !== "unchanged"))
      logger.info({ accountId, certificate: id }, "a certificate was imported from its file");
  }
}

function entityOf(id: string, pair: PemPair, stored: Entity<"Certificate"> | undefined): Entity {
  const { tags } = stored?.spec ?? {};
  const spec = { ...certificateSpecOf(pair), ...(tags === undefined ? {} : { tags }) };
  const parsed = parseManifest({ kind: "Certificate", id, labels: stored?.labels ?? {}, spec }, 0);
  if (!parsed.ok) return refuse(parsed.problems);
  return parsed.value;
}
