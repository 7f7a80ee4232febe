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

/** Characters of a name in a pointer, and of a text, that a finding shows. */
const NAME_MAX = 1000;
const TEXT_MAX = 4000;

const cut = (text: string, max: number): string => (text.length > max ? `${text.slice(0, max)}...` : text);

/** shortened is a text for people: one name of a definition may be as long as the definition, and be in each of thousands of findings. */
export const shortened = (text: string): string => cut(text, TEXT_MAX);

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
    this.#findings.push({
      level,
      pointer: pointerOf(path.map((name) => cut(name, NAME_MAX))),
      line: this.#document.lineOf(path),
      message: shortened(this.#source?.textOf(message) ?? message),
      ...remark,
      ...(remark.onAws === undefined ? {} : { onAws: shortened(remark.onAws) }),
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
