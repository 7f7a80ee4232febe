export { ecmaPattern } from "./ecma.ts";
export { javaPattern } from "./java.ts";
export { MATCH_MAX_MS, MatchTimeout, withinMatchTime } from "./match-time.ts";
export type { Found, Pattern } from "./pattern.ts";
export { PatternError } from "./syntax.ts";
