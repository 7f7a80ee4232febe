const KEY = /[{,]\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z_]\w*))\s*:\s*/y;
const SCALAR = /[^,{}[\]"']*/y;

/** skipValue returns where a value that begins at `from` ends, or -1 if its quotes or braces do not match. */
function skipValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const c = text[at] as string;
    if (c === '"' || c === "'") {
      at = closingQuote(text, at);
      if (at < 0) return -1;
    } else if (c === "{" || c === "[") depth++;
    else if (depth === 0 && (c === "," || c === "}")) return at;
    else if (c === "}" || c === "]") depth--;
  }
  return -1;
}

function closingQuote(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++)
    if (text[at] === "\\") at++;
    else if (text[at] === text[from]) return at;
  return -1;
}

/**
 * mockStatusCode reads the status that a MOCK integration's rendered request template asks for. The parser is as lenient as AWS's: keys
 * without or with single quotes, trailing commas and junk in other members pass. Undefined: no integer statusCode, or unbalanced braces.
 */
export function mockStatusCode(rendered: string): number | undefined {
  const text = rendered.trim();
  if (!text.startsWith("{") || !text.endsWith("}")) return undefined;
  let status: number | undefined;
  let at = 0;
  while (at >= 0 && text[at] !== "}") {
    KEY.lastIndex = at;
    const key = KEY.exec(text);
    if (!key) {
      // A trailing comma, or nothing at all between the braces.
      return /^[{,]\s*\}$/.test(text.slice(at)) ? status : undefined;
    }
    const start = at + key[0].length;
    SCALAR.lastIndex = start;
    const scalar = (SCALAR.exec(text)?.[0] ?? "").trim();
    if ((key[1] ?? key[2] ?? key[3]) === "statusCode") {
      if (!/^-?\d+$/.test(scalar)) return undefined;
      status = Number(scalar);
    }
    at = skipValue(text, start);
  }
  return at === text.length - 1 ? status : undefined;
}
