import { MetricRefusal } from "../refusal.ts";
import type { Dimension } from "../store/metric-set.ts";
import { hasTokens } from "./tokens.ts";

/** Candidate is a metric that a search may find. */
export interface Candidate {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: readonly Dimension[];
}

type Match = (metric: Candidate) => boolean;

const TEXT_MAX = 1_024;
const DEPTH_MAX = 32;

const TOKEN = /\s*(?:(?<sign>[()=])|"(?<exact>[^"]*)"|(?<word>[^\s()="]+))/y;

interface Token {
  readonly type: "sign" | "exact" | "word";
  readonly text: string;
}

function tokensOfSearch(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const groups = TOKEN.exec(text)?.groups;
    if (!groups)
      throw new MetricRefusal(`the search has an unexpected '${text.slice(at).trim().slice(0, 10)}'`);
    const { sign, exact, word } = groups;
    if (sign !== undefined) tokens.push({ type: "sign", text: sign });
    else if (exact !== undefined) tokens.push({ type: "exact", text: exact });
    else tokens.push({ type: "word", text: word ?? "" });
  }
  return tokens;
}

/** The values of a property of a metric: Namespace, MetricName, or a dimension. */
function valuesOf({ namespace, metricName, dimensions }: Candidate, property: string): readonly string[] {
  if (property === "Namespace") return [namespace];
  if (property === "MetricName") return [metricName];
  return dimensions.flatMap(({ name, value }) => (name === property ? [value] : []));
}

const allTexts = ({ namespace, metricName, dimensions }: Candidate): readonly string[] => [
  namespace,
  metricName,
  ...dimensions.flatMap(({ name, value }) => [name, value]),
];

const matchText = ({ type, text }: Token, value: string): boolean =>
  type === "exact" ? value === text : hasTokens(value, text);

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  #is(type: Token["type"], text: string, at = this.#at): boolean {
    const token = this.#tokens[at];
    return token?.type === type && token.text === text;
  }

  #takes(type: Token["type"], text: string): boolean {
    if (!this.#is(type, text)) return false;
    this.#at++;
    return true;
  }

  whole(): Match {
    if (this.#tokens.length === 0) return () => true;
    const match = this.#any();
    if (this.#at < this.#tokens.length)
      throw new MetricRefusal(`the search has an unexpected '${this.#tokens[this.#at]?.text}'`);
    return match;
  }

  #any(): Match {
    if (++this.#depth > DEPTH_MAX)
      throw new MetricRefusal(`the search is nested more than ${DEPTH_MAX} deep`);
    const all = [this.#all()];
    while (this.#takes("word", "OR")) all.push(this.#all());
    this.#depth--;
    return all.length === 1 ? (all[0] as Match) : (metric) => all.some((match) => match(metric));
  }

  #all(): Match {
    const all = [this.#one()];
    for (;;) {
      this.#takes("word", "AND");
      const isEnd = this.#at >= this.#tokens.length || this.#is("sign", ")") || this.#is("word", "OR");
      if (isEnd)
        return all.length === 1 ? (all[0] as Match) : (metric) => all.every((match) => match(metric));
      all.push(this.#one());
    }
  }

  #one(): Match {
    if (this.#takes("word", "NOT") || this.#takes("word", "-")) {
      const match = this.#one();
      return (metric) => !match(metric);
    }
    if (this.#takes("sign", "(")) {
      const match = this.#any();
      if (!this.#takes("sign", ")")) throw new MetricRefusal("the search lacks a ')'");
      return match;
    }
    const token = this.#tokens[this.#at++];
    if (!token || token.type === "sign")
      throw new MetricRefusal(`the search has an unexpected '${token?.text ?? "end"}'`);
    if (!this.#takes("sign", "="))
      return (metric) => allTexts(metric).some((value) => matchText(token, value));
    return this.#property(token.text);
  }

  /** What follows the "=": one value, or several in parentheses with OR between them. */
  #property(name: string): Match {
    const values: Token[] = [];
    const isList = this.#takes("sign", "(");
    do {
      const value = this.#tokens[this.#at++];
      if (!value || value.type === "sign") throw new MetricRefusal(`the search has no value for ${name}`);
      values.push(value);
    } while (isList && this.#takes("word", "OR"));
    if (isList && !this.#takes("sign", ")")) throw new MetricRefusal("the search lacks a ')'");
    return (metric) => valuesOf(metric, name).some((text) => values.some((value) => matchText(value, text)));
  }
}

/** Search is a compiled search expression. */
export interface Search {
  /** undefined: metrics of all namespaces. */
  readonly namespace: string | undefined;
  readonly matches: Match;
}

/**
 * parseSearch compiles the first argument of SEARCH, such as {AWS/ApiGateway,ApiName,Stage} MetricName="5XXError" (AWS: CloudWatch search expression
 * syntax). Metrics must have exactly the dimensions in braces.
 */
export function parseSearch(text: string): Search {
  if (text.length > TEXT_MAX) throw new MetricRefusal(`the search has more than ${TEXT_MAX} characters`);
  const [, schema, rest = ""] = /^\s*(?:\{([^}]*)\})?([^]*)$/.exec(text) ?? [];
  const matches = new Parser(tokensOfSearch(rest)).whole();
  if (schema === undefined) return { namespace: undefined, matches };
  const parts = [...schema.matchAll(/\s*(?:"([^"]*)"|([^,]*))\s*(?:,|$)/g)]
    .map(([, quoted, plain]) => (quoted ?? plain ?? "").trim())
    .filter((part) => part !== "");
  const [namespace = "", ...names] = parts;
  if (namespace === "") throw new MetricRefusal("the braces of the search have no namespace");
  const wanted = names.sort().join("\n");
  return {
    namespace,
    matches: (metric) =>
      metric.namespace === namespace &&
      metric.dimensions
        .map(({ name }) => name)
        .sort()
        .join("\n") === wanted &&
      matches(metric),
  };
}
