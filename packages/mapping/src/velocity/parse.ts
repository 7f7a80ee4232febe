import { parseExpression } from "./parse-expression.ts";
import { parseReference } from "./parse-reference.ts";
import { type Grammar, Scanner } from "./scanner.ts";
import type { Block, Branch, Expression, Node, Place } from "./syntax.ts";

const DIRECTIVE = /#(@?)(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/y;
const REST_OF_LINE = /[ \t]*(?:\r\n|\n|\r)/y;
/** #set is one only with its parenthesis; all other directives are faults without theirs. */
const SETS = /[ \t]*\(/y;
const BACKSLASHES = /\\+(?=[$#])/y;
/** $\!name is the text $!name, whatever name is. */
const ESCAPED_BANG = /\$(\\+)!(?=\{?[A-Za-z_])/y;
/** Directives that close a block; the owner of the block consumes them. */
const CLOSING = new Set(["else", "elseif", "end"]);
const KNOWN = new Set(["set", "if", "elseif", "else", "end", "foreach", "macro", "define", "break", "stop"]);
/** They would read files or evaluate text, which API Gateway does not allow. */
const UNAVAILABLE = new Set(["parse", "include", "evaluate"]);
const NESTING_MAX = 100;

const grammar: Grammar = { expression: parseExpression, template: parseTemplate };

/** parseTemplate parses a whole template. Throws TemplateSyntaxError. */
export function parseTemplate(text: string, origin?: () => Place): Block {
  return new BlockParser(new Scanner(text, grammar, origin)).whole();
}

const nameOf = (found: RegExpExecArray): string => (found[2] ?? found[3]) as string;

class BlockParser {
  readonly #scanner: Scanner;
  /** Names of the macros so far. */
  readonly #macros = new Set<string>();
  #depth = 0;
  /** Everything since the last token other than text. */
  #text = "";
  /** The text began right behind a reference: a brace there is a separate token. */
  #afterReference = false;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  whole(): Block {
    const scanner = this.#scanner;
    const block = this.#block();
    if (!scanner.ended) scanner.fail(`${scanner.near} has nothing to close`);
    return block;
  }

  /** Nodes up to the end or a closing directive, which stays. */
  #block(): Block {
    const scanner = this.#scanner;
    if (++this.#depth > NESTING_MAX)
      scanner.fail(`directives can be nested at most ${NESTING_MAX} levels deep`);
    const nodes: Node[] = [];
    const flush = () => {
      if (this.#text !== "") nodes.push({ kind: "text", text: this.#text });
      this.#text = "";
    };
    this.#text = "";
    this.#afterReference = false;
    while (!scanner.ended) {
      const next = /[\\$#]/g;
      next.lastIndex = scanner.at;
      const at = next.exec(scanner.text)?.index ?? scanner.text.length;
      this.#text += scanner.text.slice(scanner.at, at);
      scanner.at = at;
      if (scanner.ended || this.#closes()) break;
      const node = this.#special();
      if (node === undefined) continue;
      flush();
      if (node === "comment") continue;
      nodes.push(node);
      this.#afterReference = node.kind === "reference";
    }
    flush();
    this.#depth--;
    return nodes;
  }

  #closes(): boolean {
    const scanner = this.#scanner;
    const before = scanner.at;
    const found = scanner.match(DIRECTIVE);
    scanner.at = before;
    return found !== undefined && CLOSING.has(nameOf(found));
  }

  /** What begins with \, $ or #. undefined: it was text. */
  #special(): Node | "comment" | undefined {
    const scanner = this.#scanner;
    const escapes = scanner.match(BACKSLASHES)?.[0].length ?? 0;
    if (scanner.startsWith("$")) {
      const bang = scanner.match(ESCAPED_BANG);
      if (bang) {
        this.#text += `${"\\".repeat(escapes)}$${(bang[1] as string).slice(1)}!`;
        return undefined;
      }
      const reference = parseReference(scanner);
      if (reference) return { kind: "reference", reference, backslashes: escapes };
    } else if (scanner.startsWith("#")) {
      if (escapes > 0) return this.#escapedDirective(escapes);
      const node = this.#hash();
      if (node !== undefined) return node;
    }
    this.#text += "\\".repeat(escapes);
    if (!scanner.ended && (escapes === 0 || /[$#]/.test(scanner.text[scanner.at] as string)))
      this.#text += scanner.text[scanner.at++];
    return undefined;
  }

  /** \#if is the text #if; two backslashes are one before a directive that works. */
  #escapedDirective(escapes: number): Node | undefined {
    const scanner = this.#scanner;
    const before = scanner.at;
    const found = scanner.match(DIRECTIVE);
    const known = found !== undefined && (KNOWN.has(nameOf(found)) || this.#macros.has(nameOf(found)));
    if (!known) {
      scanner.at = before + 1;
      this.#text += `${"\\".repeat(escapes)}#`;
      return undefined;
    }
    const half = "\\".repeat(escapes >> 1);
    if (escapes % 2 === 1) return { kind: "text", text: half + scanner.text.slice(before, scanner.at) };
    this.#text += half;
    scanner.at = before;
    return undefined;
  }

  #hash(): Node | "comment" | undefined {
    const scanner = this.#scanner;
    if (scanner.startsWith("##")) {
      scanner.match(/[^\r\n]*(?:\r\n|\n|\r)?/y);
      return "comment";
    }
    if (scanner.startsWith("#*")) return this.#delimited("*#", "comment");
    if (scanner.startsWith("#[[")) return this.#delimited("]]#", "text");
    const start = scanner.at;
    const found = scanner.match(DIRECTIVE);
    if (!found) return undefined;
    const name = nameOf(found);
    if (UNAVAILABLE.has(name)) scanner.fail(`#${name} is not available`, start);
    if (name === "set" && !scanner.sees(SETS)) {
      scanner.at = start;
      return undefined;
    }
    return this.#directive(name, found[1] === "@", start);
  }

  #delimited(end: string, kind: "comment" | "text"): Node | "comment" {
    const scanner = this.#scanner;
    const start = scanner.at;
    const to = scanner.text.indexOf(end, start + end.length);
    if (to < 0) scanner.fail(`this ${kind} has no closing ${end}`);
    scanner.at = to + end.length;
    return kind === "comment" ? kind : { kind, text: scanner.text.slice(start + end.length, to) };
  }

  #directive(name: string, withBody: boolean, start: number): Node | undefined {
    const scanner = this.#scanner;
    switch (name) {
      case "set":
        return this.#set();
      case "if":
        return this.#if(start);
      case "foreach":
        return this.#foreach(start);
      case "macro":
        return this.#macro(start);
      case "define":
        return this.#define(start);
      case "break":
      case "stop":
        scanner.match(/[ \t]*\([ \t]*\)/y);
        scanner.match(REST_OF_LINE);
        return { kind: name };
      default:
        return this.#call(name, withBody, start);
    }
  }

  #open(directive: string): void {
    this.#scanner.match(/[ \t]*/y);
    this.#scanner.expect("(", `after #${directive}`);
    this.#scanner.space();
  }

  #close(directive: string): void {
    this.#scanner.space();
    this.#scanner.expect(")", `to close #${directive}(`);
    this.#scanner.match(REST_OF_LINE);
  }

  #set(): Node {
    const scanner = this.#scanner;
    // Blanks before #set are removed with it, but only if there is nothing else since the last directive or reference.
    if (/^[ \t]+$/.test(this.#text)) this.#text = "";
    else if (this.#afterReference && /^[{}][ \t]+$/.test(this.#text)) this.#text = this.#text.charAt(0);
    this.#open("set");
    const target = parseReference(scanner);
    if (!target) return scanner.fail(`#set needs a reference to assign to, found ${scanner.near}`);
    scanner.space();
    scanner.expect("=", `after ${target.source}`);
    const value = parseExpression(scanner);
    this.#close("set");
    return { kind: "set", target, value };
  }

  #condition(directive: string): Expression {
    this.#open(directive);
    const condition = parseExpression(this.#scanner);
    this.#close(directive);
    return condition;
  }

  /** #nested parses a block without losing the text before it. */
  #nested(): Block {
    const before = this.#text;
    const block = this.#block();
    this.#text = before;
    return block;
  }

  /** Consumes a closing directive and returns its name. The error names the opening directive. */
  #closing(opening: string, start: number): string {
    const scanner = this.#scanner;
    if (scanner.ended) scanner.fail(`#${opening} has no #end`, start);
    return nameOf(scanner.match(DIRECTIVE) as RegExpExecArray);
  }

  #if(start: number): Node {
    const scanner = this.#scanner;
    const branches: Branch[] = [{ condition: this.#condition("if"), block: this.#nested() }];
    for (;;) {
      const closing = this.#closing("if", start);
      if (closing === "elseif") {
        branches.push({ condition: this.#condition("elseif"), block: this.#nested() });
        continue;
      }
      scanner.match(REST_OF_LINE);
      if (closing === "end") return { kind: "if", branches, otherwise: undefined };
      const otherwise = this.#nested();
      if (this.#closing("else", start) !== "end") scanner.fail("#else must be the last branch of #if");
      scanner.match(REST_OF_LINE);
      return { kind: "if", branches, otherwise };
    }
  }

  /** The block of a directive up to its #end. */
  #body(directive: string, start: number): Block {
    const block = this.#nested();
    if (this.#closing(directive, start) !== "end")
      this.#scanner.fail(`#${directive} has no such branch`, start);
    this.#scanner.match(REST_OF_LINE);
    return block;
  }

  #variable(directive: string): string {
    const found = this.#scanner.match(/\$!?(?:\{([A-Za-z_][\w-]*)\}|([A-Za-z_][\w-]*))/y);
    if (!found)
      return this.#scanner.fail(
        `#${directive} needs a plain reference such as $item, found ${this.#scanner.near}`,
      );
    return (found[1] ?? found[2]) as string;
  }

  #foreach(start: number): Node {
    const scanner = this.#scanner;
    this.#open("foreach");
    const variable = this.#variable("foreach");
    scanner.space();
    scanner.expect("in", "after the loop's reference");
    const list = parseExpression(scanner);
    this.#close("foreach");
    return { kind: "foreach", variable, list, block: this.#body("foreach", start) };
  }

  #define(start: number): Node {
    this.#open("define");
    const variable = this.#variable("define");
    this.#close("define");
    return { kind: "define", variable, block: this.#body("define", start) };
  }

  #macro(start: number): Node {
    const scanner = this.#scanner;
    this.#open("macro");
    const name = scanner.name();
    if (name === undefined) return scanner.fail(`#macro needs a name, found ${scanner.near}`);
    if (KNOWN.has(name)) scanner.fail(`'${name}' is a directive and cannot be a macro`);
    this.#macros.add(name);
    const parameters: string[] = [];
    scanner.space();
    while (!scanner.startsWith(")")) {
      parameters.push(this.#variable("macro"));
      scanner.match(/[ \t\r\n,]*/y);
    }
    this.#close("macro");
    return { kind: "macro", macro: { name, parameters, block: this.#body("macro", start) } };
  }

  /** A macro's call: arguments are separated by blanks or commas. Without parentheses it is text unless the macro exists. */
  #call(name: string, withBody: boolean, start: number): Node | undefined {
    const scanner = this.#scanner;
    const place = () => scanner.place(start);
    const args: Expression[] = [];
    const afterName = scanner.at;
    scanner.match(/[ \t]*/y);
    if (scanner.take("(")) {
      const before = scanner.at;
      try {
        scanner.match(/[ \t\r\n,]*/y);
        while (!scanner.take(")")) {
          args.push(parseExpression(scanner));
          scanner.match(/[ \t\r\n,]*/y);
        }
      } catch (error) {
        // Text that looks like a call, such as "#note (see below)".
        if (withBody) throw error;
        scanner.at = before;
        this.#text += scanner.text.slice(start, before);
        return undefined;
      }
    } else scanner.at = afterName;
    const source = scanner.text.slice(start, scanner.at);
    const hadArguments = scanner.at > afterName;
    const beforeLineEnd = scanner.at;
    if (hadArguments) scanner.match(REST_OF_LINE);
    const sourceWithLine = scanner.text.slice(start, scanner.at);
    const body = withBody ? this.#body(`@${name}`, start) : undefined;
    return {
      kind: "call",
      name,
      args,
      body,
      source: hadArguments && scanner.at >= beforeLineEnd ? sourceWithLine : source,
      place,
    };
  }
}
