import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** What a node knows of one of its sources. */
export interface LedgerSource {
  readonly recordedSeq: number;
  readonly shippedSeq: number;
}

/** LedgerContent is what the sink has acknowledged: how much of each spool file, and how far in each source that is not closed. */
export interface LedgerContent {
  readonly segments: Readonly<Record<string, number>>;
  readonly sources: Readonly<Record<string, LedgerSource>>;
  /** Files of which a part was left out. */
  readonly damaged: readonly string[];
}

const EMPTY: LedgerContent = { segments: {}, sources: {}, damaged: [] };

/** readLedger returns an empty ledger if there is none that can be read: everything is sent again then, and counted once. */
export function readLedger(file: string): LedgerContent {
  try {
    const content = JSON.parse(readFileSync(file, "utf8")) as Partial<LedgerContent>;
    // Version 0.1 stored the offsets alone.
    return content.segments
      ? { ...EMPTY, ...content }
      : { ...EMPTY, segments: content as Record<string, number> };
  } catch {
    return EMPTY;
  }
}

/** writeLedger replaces the ledger by a content in JSON. */
export function writeLedger(file: string, content: string): void {
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}
