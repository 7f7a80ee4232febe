import { javaPattern, PatternError } from "@tollgate/patterns";
import { JsonSyntaxError, parseJson } from "../java/json.ts";
import type { Value } from "../java/value.ts";
import { type Filter, JsonPathError, type Operand, type RelativePath, type Token } from "./syntax.ts";

const PATH_MAX_CHARS = 4096;
const NESTING_MAX = 32;
const RELATION =
  /(===|!==|==|!=|<=|>=|<|>|=~|in\b|nin\b|subsetof\b|anyof\b|noneof\b|contains\b|size\b|empty\b|all\b|type\b)/iy;
const FUNCTIONS = new Set([
  "length",
  "size",
  "keys",
  "min",
  "max",
  "avg",
  "stddev",
  "sum",
  "concat",
  "append",
  "first",
  "last",
  "index",
]);

class PathParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): readonly Token[] {
    if (this.#text.startsWith("$") || this.#text.startsWith("@")) this.#at = 1;
    const tokens = this.#tokens();
    const functionAt = tokens.findIndex((token) => token.kind === "function");
    if (functionAt >= 0 && functionAt < tokens.length - 1)
      this.#fail("a function must be the end of the path");
    if (this.#at < this.#text.length) this.#fail(`unexpected '${this.#text.slice(this.#at, this.#at + 10)}'`);
    return tokens;
  }

  #fail(message: string): never {
    throw new JsonPathError(`'${this.#text}', character ${this.#at + 1}: ${message}`);
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #tokens(): Token[] {
    const tokens: Token[] = [];
    for (;;) {
      if (this.#take("..")) {
        tokens.push({ kind: "scan" });
        if (this.#text[this.#at] !== "[") tokens.push(this.#dotted());
      } else if (this.#text[this.#at] === "[") tokens.push(this.#bracket());
      else if (!this.#take(".")) return tokens;
      // $.['a'] is $['a'].
      else if (this.#text[this.#at] !== "[") tokens.push(this.#dotted());
    }
  }

  #dotted(): Token {
    if (this.#take("*")) return { kind: "wildcard" };
    // Quotes behind a dot are part of the name, as they are for Jayway.
    const name = this.#match(/[^.[\]()\s,&|=<>!'"][^.[\]()\s,&|=<>!]*|["'][^.[\]()\s]*/y);
    if (name === undefined) return this.#fail("a name, '*' or '[' must follow the '.'");
    if (!this.#take("(")) return { kind: "property", names: [name] };
    if (!FUNCTIONS.has(name))
      this.#fail(`'${name}' is not a function; use one of ${[...FUNCTIONS].join(", ")}`);
    const args: Operand[] = [];
    this.#space();
    while (!this.#take(")")) {
      if (args.length > 0 && !this.#take(",")) this.#fail("expected ',' or ')'");
      this.#space();
      args.push(this.#operand());
      this.#space();
    }
    return { kind: "function", name, args };
  }

  #bracket(): Token {
    this.#at++;
    this.#space();
    const token = this.#inBrackets();
    this.#space();
    if (!this.#take("]")) this.#fail("expected ']'");
    return token;
  }

  #inBrackets(): Token {
    if (this.#take("*")) return { kind: "wildcard" };
    if (this.#take("?")) {
      this.#space();
      if (!this.#take("(")) this.#fail("a filter must be in parentheses: [?( )]");
      const filter = this.#filter();
      this.#space();
      if (!this.#take(")")) this.#fail("expected ')' to end the filter");
      return { kind: "filter", filter };
    }
    if (/['"]/.test(this.#text[this.#at] ?? ""))
      return { kind: "property", names: this.#separated(() => this.#quoted()) };
    // Jayway reads a step and does not apply it.
    const slice = this.#match(/-?\d*\s*:\s*-?\d*(?:\s*:\s*-?\d*)?/y);
    if (slice !== undefined) {
      const [from = "", to = ""] = slice.split(":").map((part) => part.trim());
      if (from === "" && to === "") this.#fail("a slice must have a start or an end; [*] is all elements");
      return {
        kind: "slice",
        from: from === "" ? undefined : this.#integer(from),
        to: to === "" ? undefined : this.#integer(to),
      };
    }
    return {
      kind: "index",
      indexes: this.#separated(() => {
        const index = this.#match(/-?\d+/y);
        return index === undefined
          ? this.#fail("expected an index, a name in quotes, '*', a slice or a filter")
          : this.#integer(index);
      }),
    };
  }

  /** As large as Jayway takes it. */
  #integer(text: string): number {
    const value = Number(text);
    return (value | 0) === value ? value : this.#fail(`${text} is out of the range of an integer`);
  }

  #separated<T>(read: () => T): T[] {
    const items = [read()];
    for (;;) {
      this.#space();
      if (!this.#take(",")) return items;
      this.#space();
      items.push(read());
    }
  }

  #quoted(): string {
    const quote = this.#text[this.#at] as string;
    const found = this.#match(quote === "'" ? /'(?:[^'\\]|\\.)*'/y : /"(?:[^"\\]|\\.)*"/y);
    if (found === undefined) return this.#fail(`expected a string in quotes`);
    return found.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_all, c: string) => {
      if (c.length === 5) return String.fromCharCode(Number.parseInt(c.slice(1), 16));
      return { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" }[c] ?? c;
    });
  }

  #filter(): Filter {
    if (++this.#depth > NESTING_MAX) this.#fail(`filters can be nested at most ${NESTING_MAX} levels deep`);
    let left = this.#conjunction();
    for (this.#space(); this.#take("||"); this.#space())
      left = { kind: "or", left, right: this.#conjunction() };
    this.#depth--;
    return left;
  }

  #conjunction(): Filter {
    let left = this.#condition();
    for (this.#space(); this.#take("&&"); this.#space())
      left = { kind: "and", left, right: this.#condition() };
    return left;
  }

  #condition(): Filter {
    this.#space();
    if (this.#text[this.#at] === "!" && /[\s(]/.test(this.#text[this.#at + 1] ?? "")) {
      this.#at++;
      this.#space();
      if (this.#text[this.#at] === "(") return { kind: "not", operand: this.#condition() };
    }
    if (this.#take("(")) {
      const inner = this.#filter();
      this.#space();
      if (!this.#take(")")) this.#fail("expected ')'");
      return inner;
    }
    const negated = this.#take("!");
    const left = this.#operand();
    this.#space();
    const operator = this.#match(RELATION)?.toLowerCase();
    if (operator !== undefined) {
      this.#space();
      return { kind: "relation", operator, left, right: this.#operand() };
    }
    if (left.kind !== "path") return this.#fail("expected a comparison");
    return { kind: "exists", path: left.path, negated };
  }

  #operand(): Operand {
    const c = this.#text[this.#at] ?? "";
    if (c === "@" || c === "$") return { kind: "path", path: this.#relative() };
    if (c === "/") return this.#regex();
    return { kind: "value", value: this.#literal(c) };
  }

  #relative(): RelativePath {
    const fromRoot = this.#text[this.#at++] === "$";
    return { fromRoot, tokens: this.#tokens() };
  }

  #regex(): Operand {
    const found = this.#match(/\/(?:[^/\\]|\\.)+\/[dimsux]*/y);
    if (found === undefined) return this.#fail("expected a pattern between slashes");
    const end = found.lastIndexOf("/");
    const flags = found.slice(end + 1).replace(/[^ims]/g, "");
    const pattern = found.slice(1, end).replaceAll("\\/", "/");
    try {
      return { kind: "regex", regex: javaPattern((flags ? `(?${flags})` : "") + pattern) };
    } catch (error) {
      return this.#fail(error instanceof PatternError ? error.message : String(error));
    }
  }

  #literal(c: string): Value {
    if (c === "'" || c === '"') return this.#quoted();
    const text = c === "[" || c === "{" ? this.#balanced(c) : this.#match(/[-+.\w]+/y);
    try {
      // Leading zeros mean nothing to Jayway.
      return parseJson(text?.replace(/^(-?)0+(?=\d)/, "$1") ?? "");
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      return this.#fail(`expected a value or a path, found '${text ?? c}'`);
    }
  }

  /** A list or an object written in a filter; its strings may be in single quotes. */
  #balanced(open: string): string {
    const start = this.#at;
    const close = open === "[" ? "]" : "}";
    let out = "";
    for (let depth = 0; this.#at < this.#text.length; ) {
      const c = this.#text[this.#at] as string;
      if (c === "'" || c === '"') out += JSON.stringify(this.#quoted());
      else {
        out += c;
        this.#at++;
      }
      if (c === open) depth++;
      if (c === close && --depth === 0) return out;
    }
    this.#at = start;
    return this.#fail(`expected '${close}'`);
  }
}

/** parsePath parses a path; one that does not begin with $ is below it. Throws JsonPathError. */
export function parsePath(path: string): readonly Token[] {
  const text = path.trim();
  if (text === "") throw new JsonPathError("a path must not be empty");
  if (text.length > PATH_MAX_CHARS)
    throw new JsonPathError(`the path has ${text.length} characters; the limit is ${PATH_MAX_CHARS}`);
  return new PathParser(/^[$@]/.test(text) ? text : text.startsWith("[") ? `$${text}` : `$.${text}`).whole();
}
