import { html, Markup, nothing } from "../page/html.ts";

type Attributes = Readonly<Record<string, string>>;

/** element is an element of XML, with a name that is written in this program; nothing, if it has no content. */
export function element(
  name: string,
  content: string | undefined | readonly Markup[],
  attributes: Attributes = {},
): Markup {
  const inner = typeof content === "object" ? html`${content}` : html`${content ?? ""}`;
  if (inner.html === "") return nothing;
  const own = Object.entries(attributes).map(([key, value]) => html` ${new Markup(key)}="${value}"`);
  return html`<${new Markup(name)}${own}>${inner}</${new Markup(name)}>`;
}
