/** Markup is HTML that is safe to be put into HTML. */
export interface Markup {
  readonly html: string;
}

type Part = string | number | Markup | readonly Markup[];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");

function htmlOf(part: Part): string {
  if (typeof part === "object") return "html" in part ? part.html : part.map(htmlOf).join("");
  return escaped(String(part));
}

/** html is markup of a template. Whatever is put into it is text, unless it is markup itself. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Markup => ({
  html: texts.reduce((all, text, i) => all + htmlOf(parts[i - 1] ?? "") + text),
});

/** nothing is no markup. */
export const nothing: Markup = { html: "" };
