import { flag, number, structure, texts } from "./members.ts";
import type { Rule } from "./rule.ts";

/** corsConfiguration is replaced as a whole. */
export const corsConfiguration = structure({
  allowCredentials: flag(),
  allowHeaders: texts(),
  allowMethods: texts(),
  allowOrigins: texts(),
  exposeHeaders: texts(),
  maxAge: number(),
});

interface Cors {
  readonly allowCredentials?: boolean;
  readonly allowHeaders?: readonly string[];
  readonly allowMethods?: readonly string[];
  readonly allowOrigins?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  readonly maxAge?: number;
}

const MAX_AGE_S = 86_400;

/** corsRule is what a browser's rules, or AWS's, do not allow. */
export const corsRule: Rule<Readonly<Record<string, unknown>>> = ({ corsConfiguration: given }) => {
  const { allowCredentials, allowMethods = [], allowOrigins = [], maxAge = 0 } = (given ?? {}) as Cors;
  if (allowCredentials && allowOrigins.includes("*"))
    return "allow-credentials is not supported if 'allow-origin' is *";
  // Quoted in aws/aws-cdk #13643: all methods are *.
  if (allowMethods.includes("ANY")) return "Method ANY is not supported";
  if (maxAge < -1 || maxAge > MAX_AGE_S)
    return `Invalid maxAge ${maxAge}: it must be between -1 and ${MAX_AGE_S} seconds`;
  const malformed = allowOrigins.find((origin) => origin !== "*" && !/^[a-z][a-z0-9+.-]*:\/\//i.test(origin));
  return malformed === undefined
    ? undefined
    : `Invalid format for origin ${malformed}. Format should be http(s)://{host} or *`;
};

const lowerCase = (names: readonly string[]) => names.map((name) => name.toLowerCase());

/** lowerCaseHeaders stores the names of headers as AWS does. */
export function lowerCaseHeaders(given: unknown): object {
  const { allowHeaders, exposeHeaders, ...cors } = given as Cors;
  return {
    ...cors,
    ...(allowHeaders ? { allowHeaders: lowerCase(allowHeaders) } : {}),
    ...(exposeHeaders ? { exposeHeaders: lowerCase(exposeHeaders) } : {}),
  };
}
