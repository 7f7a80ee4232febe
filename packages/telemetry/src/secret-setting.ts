import { readFileSync } from "node:fs";
import { type Read, type SettingsProblem, setting } from "./settings.ts";
import { stateOf } from "./watched-files.ts";

/** Secret is a password or a token. It may be in a file, which may be replaced while the process runs. */
export interface Secret {
  /** undefined: it was given itself, and stays the same. */
  readonly file: string | undefined;
  /** The secret as it is now. While the file cannot be read, or its contents cannot be used, the last one is kept. */
  current(): string;
}

/** What is wrong with a text; undefined: nothing. */
export type Check = (text: string) => string | undefined;

/** givenSecret is a secret that stays the same. */
export const givenSecret = (text: string): Secret => ({ file: undefined, current: () => text });

/** Reads a file without the line feed at its end, or throws an error that says what is wrong. The contents are never part of it. */
function readText(file: string, check: Check): string {
  const text = readFileSync(file, "utf8").trim();
  const problem = text === "" ? "it is empty" : check(text);
  if (problem !== undefined) throw new Error(problem);
  return text;
}

/** A file may be empty, or missing, for so long while it is replaced. */
const REPLACED_MS = 2_000;

class SecretFile implements Secret {
  readonly file: string;
  readonly #check: Check;
  #text: string;
  #state: string;
  /** Since when the file has been of no use. */
  #uselessSinceMs: number | undefined;
  #isReported = false;

  constructor(file: string, check: Check) {
    this.file = file;
    this.#check = check;
    this.#state = stateOf(file);
    this.#text = readText(file, check);
  }

  current(): string {
    try {
      const state = stateOf(this.file);
      if (state !== this.#state) this.#text = readText(this.file, this.#check);
      this.#state = state;
      this.#uselessSinceMs = undefined;
      this.#isReported = false;
    } catch (error) {
      this.#useless(error as Error);
    }
    return this.#text;
  }

  /** It is being replaced, or its new contents are of no use: it is read again the next time. Whoever wanted to withdraw the last secret must know. */
  #useless({ message }: Error): void {
    const nowMs = performance.now();
    this.#uselessSinceMs ??= nowMs;
    if (this.#isReported || nowMs - this.#uselessSinceMs < REPLACED_MS) return;
    this.#isReported = true;
    process.emitWarning(`'${this.file}' cannot be used, what was in it before still is: ${message}`);
  }
}

/** secretFile is the secret in a file. Throws if it cannot be read now. */
export const secretFile = (file: string, check: Check = () => undefined): Secret =>
  new SecretFile(file, check);

/** readSecret reads {name}, or the file that {name}_FILE names. undefined: neither is set. */
export function readSecret(
  read: Read,
  name: string,
  check: Check = () => undefined,
): { readonly secret: Secret | undefined; readonly problems: readonly SettingsProblem[] } {
  const text = read(name, setting.optionalText());
  const file = read(`${name}_FILE`, setting.optionalText());
  if (text !== undefined && file !== undefined)
    return {
      secret: givenSecret(text),
      problems: [{ name: `${name}_FILE`, message: `is set, but ${name} is, too: set one of them` }],
    };
  if (text !== undefined) {
    const problem = check(text);
    return { secret: givenSecret(text), problems: problem === undefined ? [] : [{ name, message: problem }] };
  }
  if (file === undefined) return { secret: undefined, problems: [] };
  try {
    return { secret: secretFile(file, check), problems: [] };
  } catch (error) {
    const message = `'${file}' cannot be used: ${(error as Error).message}`;
    return { secret: givenSecret(""), problems: [{ name: `${name}_FILE`, message }] };
  }
}
