import type { Problem } from "@tollgate/config";
import type { DefinitionDocument } from "./document.ts";
import { pointerOf } from "./json-pointer.ts";
import type { Part } from "./part.ts";
import type { SourceForm } from "./swagger-2.ts";

export type Level = "error" | "warning" | "info";

/** Remark is what more is known of a finding than its place and its message. */
export interface Remark {
  /** The broken rule, if any. */
  readonly rule?: string;
  /** AWS's sentence, if it is known; empty: AWS does not report this. */
  readonly onAws?: string;
  /** The problem of the entity that the place becomes. */
  readonly problem?: Problem;
  /** What the place becomes. */
  readonly part?: Part | undefined;
  /** AWS's sentence for the whole definition, of which it then reads nothing. */
  readonly whole?: string;
}

/** Finding is one remark of an import about a definition. */
export interface Finding extends Remark {
  readonly level: Level;
  /** JSON pointer. */
  readonly pointer: string;
  readonly line: number;
  readonly message: string;
}

/** Report collects findings; those that repeat for many operations are reported once. */
export class Report {
  readonly #document: DefinitionDocument;
  readonly #source: SourceForm | undefined;
  readonly #findings: Finding[] = [];
  readonly #once = new Set<string>();

  constructor(document: DefinitionDocument, source?: SourceForm) {
    this.#document = document;
    this.#source = source;
  }

  add(level: Level, at: readonly string[], message: string, remark: Remark = {}): void {
    const path = this.#source?.pathOf(at) ?? at;
    const pointer = pointerOf(path);
    this.#findings.push({
      level,
      pointer,
      line: this.#document.lineOf(path),
      message: this.#source?.textOf(message) ?? message,
      ...remark,
    });
  }

  addOnce(level: Level, path: readonly string[], message: string, remark: Remark = {}): void {
    if (this.#once.has(message)) return;
    this.#once.add(message);
    this.add(level, path, message, remark);
  }

  /** The definition was written in Swagger 2.0. */
  get isSwagger(): boolean {
    return this.#source !== undefined;
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }
}
