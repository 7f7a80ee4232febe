/** Markup is HTML that is safe to be put into HTML. It is a class because JSON that a caller sends can have the members of any interface. */
export class Markup {
  readonly html: string;

  constructor(html: string) {
    this.html = html;
  }
}

type Part = string | number | Markup | readonly Markup[];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** HTML has no way to write control characters (WHATWG HTML, "Preprocessing the input stream"), and a terminal that shows a page would act on them. */
const CONTROL = /(?![\t\n])\p{Cc}/gu;

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "").replace(CONTROL, "\ufffd");

function htmlOf(part: Part): string {
  if (part instanceof Markup) return part.html;
  return Array.isArray(part) ? part.map(htmlOf).join("") : escaped(String(part));
}

/** html is markup of a template. Whatever is put into it is text, unless it is markup itself. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Markup =>
  new Markup(texts.reduce((all, text, i) => all + htmlOf(parts[i - 1] ?? "") + text));

/** nothing is no markup. */
export const nothing = new Markup("");
