/** tokensOf are the words of a text as CloudWatch's search has them: parts of letters or of digits, and of CamelCase, in lower case (AWS: search expression syntax, tokens). */
export const tokensOf = (text: string): string[] =>
  (text.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+/gu) ?? []).map((token) =>
    token.toLowerCase(),
  );

/** Each text also is one token as a whole, without what separates its words. */
const wholeOf = (text: string): string => text.toLowerCase();

/** hasTokens says whether a text has the words of a term, next to each other and in their order. */
export function hasTokens(text: string, term: string): boolean {
  if (wholeOf(text) === wholeOf(term)) return true;
  const wanted = tokensOf(term);
  const tokens = tokensOf(text);
  // A term in one letter case is one token also where the text changes it: latency finds IntegrationLatency, and apigateway finds ApiGateway.
  if (wanted.length === 1 && text.split(/[^A-Za-z0-9]+/).some((part) => wholeOf(part) === wanted[0]))
    return true;
  return wanted.length > 0 && tokens.some((_, at) => wanted.every((token, i) => tokens[at + i] === token));
}
