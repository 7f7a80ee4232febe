export { ecmaPattern } from "./ecma.ts";
export { javaPattern } from "./java.ts";
export type { Found, Pattern } from "./pattern.ts";
export { PatternError } from "./syntax.ts";
