import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Issued, type IssueOptions, issueAuthority, issuedFor } from "./issue.ts";
import { pemBlocks } from "./pem.ts";

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const VALID_MS = 10 * YEAR_MS;
const NAME = "Tollgate internal CA";

/** Authority signs certificates that those trust who know its own. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** Its certificate alone, for clients: curl --cacert. */
  readonly file: string;
  issue(options: IssueOptions): Promise<Issued>;
}

/** The certificate and its key, as they were written together. */
function read(file: string): Issued | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const blocks = pemBlocks(text);
  const [certificate, privateKey] = ["CERTIFICATE", "PRIVATE KEY"].map((label) =>
    blocks.find((block) => block.label === label),
  );
  if (!certificate || !privateKey)
    throw new Error(
      `${file} must have a certificate and its private key in PEM: restore it from a backup, or remove it, and a new authority is made, which clients do not trust yet`,
    );
  return { certificate: certificate.text, privateKey: privateKey.text };
}

/** Several processes may begin at once in one folder, in containers also with one process id: the first that has written it has made it for all. */
async function make(file: string): Promise<void> {
  const { certificate, privateKey } = await issueAuthority(NAME, VALID_MS);
  const mine = `${file}.${randomUUID()}`;
  writeFileSync(mine, certificate + privateKey, { mode: 0o600 });
  try {
    linkSync(mine, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** openAuthority is the authority of a folder, which is made where there is none: P-256, valid for ten years, its file only its owner's. */
export async function openAuthority(folder: string): Promise<Authority> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "authority.pem");
  if (!read(file)) await make(file);
  const own = read(file) as Issued;
  const shown = join(folder, "ca.pem");
  const mine = `${shown}.${randomUUID()}`;
  writeFileSync(mine, own.certificate);
  renameSync(mine, shown);
  return { certificate: own.certificate, file: shown, issue: (options) => issuedFor(own, options) };
}
