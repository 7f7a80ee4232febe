import { htmlDecoded } from "./decoders.ts";

/** Elements that run something, load something, or change what the rest of the page means. */
const EVIL_TAGS = new Set(
  "applet base bgsound comment embed frame frameset handler iframe ilayer import isindex layer link listener math meta noscript object portal script style template vmlframe xml xss".split(
    " ",
  ),
);
const EVIL_TAG_STARTS = /^(?:svg|xsl|script|iframe|vml)/;
/** Attributes whose value is an address. */
const URL_ATTRIBUTES = new Set(
  "action background by code codebase data dynsrc folder formaction from href longdesc lowsrc manifest poster src srcset to usemap values xlink:href".split(
    " ",
  ),
);
const EVIL_ATTRIBUTES = new Set(
  "datafld dataformatas datasrc filter srcdoc xmlns:xlink xlink:actuate".split(" "),
);
/** What the names of events begin with, so that a variable of a program that begins with `on` is none. */
const EVENT =
  /^on(?:abort|activate|after|animation|aux|before|begin|blur|bounce|can|cell|change|click|close|command|content|context|control|copy|cue|cut|data|dbl|deactivate|device|drag|drop|duration|emptied|encrypted|end|enter|error|exit|filter|finish|focus|form|full|gamepad|gesture|got|hash|help|input|invalid|key|language|layout|load|lose|lost|media|message|mouse|move|moz|ms|offline|online|open|orientation|out|page|paste|pause|play|pointer|popstate|popup|progress|property|rate|readystate|rejection|repeat|reset|resize|resume|reverse|row|scroll|search|security|seek|select|show|slot|stalled|start|stop|storage|submit|suspend|sync|time|toggle|touch|track|transition|unhandled|unload|url|user|volume|wait|webkit|wheel|zoom)[a-z]*$/;
const SCRIPT_URL =
  /^(?:(?:javascript|vbscript|livescript|mocha|view-source|jar):|data:(?!image\/(?:png|jpe?g|gif|webp)[;,])(?:[\w.+-]+\/[\w.+-]+)?[;,])/;
const ACTIVE_STYLE =
  /expression\s*\(|behaviou?r\s*:|-moz-binding|@import|url\s*\(\s*(?:["']\s*)?(?:javascript|data|vbscript)/i;

/** Comments, of which one that is not closed goes on to the end, and backslashes. */
const STYLE_NOISE = /\/\*[^]*?(?:\*\/|$)|\\/g;

/** Blanks and control characters, which browsers skip in the scheme of an address. */
// oxlint-disable-next-line no-control-regex -- they are what is skipped
const SKIPPED = /[\x00-\x20\x7f-\xa0]+/g;

/** isScriptUrl says whether a browser runs an address instead of fetching it. */
function isScriptUrl(value: string): boolean {
  const plain = htmlDecoded(value).replace(SKIPPED, "").slice(0, 512).toLowerCase();
  return SCRIPT_URL.test(plain);
}

interface Attribute {
  readonly name: string;
  readonly value: string;
}

function isEvilAttribute({ name, value }: Attribute): boolean {
  const plain = name.replace(SKIPPED, "").toLowerCase();
  if (EVENT.test(plain)) return value !== "";
  if (plain === "style") return ACTIVE_STYLE.test(htmlDecoded(value).replace(STYLE_NOISE, ""));
  return (value !== "" && EVIL_ATTRIBUTES.has(plain)) || (URL_ATTRIBUTES.has(plain) && isScriptUrl(value));
}

/** Where a text is put in a page: among its text, or into the value of an attribute. */
type Context = "text" | "unquoted" | "'" | '"' | "`";

const BLANK = /[\s/\0]*/y;
const NAME = /[^\s=>/\0"'`]?[^\s=>/\0]*/y;
const EQUALS = /\s*=\s*/y;
const UNQUOTED = /[^\s>]*/y;

/** Page reads a text as a browser does (HTML, 13.2.5), and stops at the first thing that could run. */
class Page {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isEvilIn(context: Context): boolean {
    if (context === "text") return this.#isEvilText();
    if (context === "unquoted") this.#read(UNQUOTED);
    else if (!this.#skipTo(context)) return false;
    return this.#areEvilAttributes() || this.#isEvilText();
  }

  #read(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  /** Behind the next such character; false: there is none. */
  #skipTo(char: string): boolean {
    const found = this.#text.indexOf(char, this.#at);
    this.#at = found < 0 ? this.#text.length : found + char.length;
    return found >= 0;
  }

  #isEvilText(): boolean {
    while (this.#skipTo("<")) if (this.#isEvilTag()) return true;
    return false;
  }

  #isEvilTag(): boolean {
    const rest = this.#text.slice(this.#at, this.#at + 16).toLowerCase();
    if (rest.startsWith("!")) return this.#isEvilDeclaration(rest);
    if (rest.startsWith("?")) return /^\?(?:xml|import)/.test(rest);
    if (rest.startsWith("/")) return /^\/(?:script|style|title|textarea|xmp|noscript|template)\b/.test(rest);
    if (!/^[a-z\0]/.test(rest)) return false;
    const name = this.#read(/[^\s/>]*/y)
      .replaceAll("\0", "")
      .toLowerCase();
    if (EVIL_TAGS.has(name) || EVIL_TAG_STARTS.test(name)) return true;
    return this.#areEvilAttributes();
  }

  #isEvilDeclaration(rest: string): boolean {
    if (/^!(?:doctype|entity|element|attlist)/.test(rest)) return true;
    if (!rest.startsWith("!--")) return false;
    const end = this.#text.indexOf("-->", this.#at);
    const comment = this.#text.slice(this.#at, end < 0 ? undefined : end);
    // Old browsers run conditional comments, and end comments at a back quote.
    if (/\[if|`|^!--(?:\[|>)/i.test(comment)) return true;
    this.#at = end < 0 ? this.#text.length : end + 3;
    return false;
  }

  #areEvilAttributes(): boolean {
    while (this.#at < this.#text.length) {
      this.#read(BLANK);
      if (this.#text[this.#at] === ">") {
        this.#at++;
        return false;
      }
      const start = this.#at;
      const attribute = this.#attribute();
      if (isEvilAttribute(attribute)) return true;
      if (this.#at === start) this.#at++;
    }
    return false;
  }

  #attribute(): Attribute {
    const name = this.#read(NAME);
    if (this.#read(EQUALS) === "") return { name, value: "" };
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'" && quote !== "`") return { name, value: this.#read(UNQUOTED) };
    const start = ++this.#at;
    const isClosed = this.#skipTo(quote);
    return { name, value: this.#text.slice(start, isClosed ? this.#at - 1 : undefined) };
  }
}

/** Nothing runs without one of these. */
const NEEDED = /[<>=:]/;
const QUOTES = ["'", '"', "`"] as const;

/**
 * isCrossSiteScripting says whether a text makes a browser run something when it is put into a page: among its text, or into an attribute that it
 * ends. It reads the text as a browser would (the idea of libinjection; the rules are Tollgate's own, ADR 0033).
 */
export function isCrossSiteScripting(text: string): boolean {
  if (!NEEDED.test(text)) return false;
  if (text.includes(":") && isScriptUrl(text)) return true;
  const page = (context: Context) => new Page(text).isEvilIn(context);
  if (text.includes("<") && page("text")) return true;
  if (!text.includes("=") && !text.includes("<")) return false;
  return page("unquoted") || QUOTES.some((quote) => text.includes(quote) && page(quote));
}
