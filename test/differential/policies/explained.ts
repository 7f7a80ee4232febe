import type { PolicyCase } from "./generate.ts";

/** Explanation is a way in which Tollgate differs from the other engine on purpose. */
export interface Explanation {
  readonly why: string;
  /** The case as the other engine reads it: a difference is explained if Tollgate then decides as the other engine did. */
  readonly asTheyRead: (given: PolicyCase) => PolicyCase;
}

/** Every string of a case's policies and of its context, replaced. */
function replaced(
  given: PolicyCase,
  replace: (text: string, member: string, parent: string) => string,
): PolicyCase {
  const walk = (value: unknown, member: string, parent: string): unknown => {
    if (typeof value === "string") return replace(value, member, parent);
    if (Array.isArray(value)) return value.map((one) => walk(one, member, parent));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, own]) => [name, walk(own, name, member)]));
  };
  const { context, identityPolicies, sessionPolicy, resourcePolicy } = given;
  return {
    ...given,
    ...(walk({ context, identityPolicies, sessionPolicy, resourcePolicy }, "", "") as object),
  };
}

const NOTHING = "arn:aws:execute-api:us-east-1:000000000000:none/none";

export const explained: readonly Explanation[] = [
  {
    why: "a wildcard in the place of the API's id is taken literally by the engine; AWS's page on policies for invoking an API has * there",
    asTheyRead: (given) =>
      replaced(given, (text, member) =>
        member.endsWith("Resource") &&
        /^arn:aws:execute-api:[^:]*:[^:]*:[^/]*[*?]/.test(text) &&
        !text.endsWith(":api123/*")
          ? NOTHING
          : text,
      ),
  },
  {
    why: "a range of all addresses (/0) contains none for the engine",
    asTheyRead: (given) =>
      replaced(given, (text, member) =>
        member === "aws:SourceIp" && text.endsWith("/0") ? "198.51.100.255/32" : text,
      ),
  },
  {
    why: "an IPv6 address is not outside of an IPv4 range for the engine, nor the other way round; IAM's NotIpAddress is true for all addresses but those of the range",
    asTheyRead(given) {
      const address = String(given.context["aws:SourceIp"] ?? "");
      const isOther = (text: string) => text.includes(":") !== address.includes(":");
      return replaced(given, (text, member, parent) =>
        member === "aws:SourceIp" && parent.startsWith("NotIpAddress") && isOther(text) ? address : text,
      );
    },
  },
  {
    why: "seconds since 1970 are milliseconds for the engine; IAM's page on date conditions and aws:EpochTime say seconds",
    asTheyRead: (given) => replaced(given, (text) => (text === "1767323045" ? "1767323.045" : text)),
  },
  {
    why: "a resource policy that names a session is limited by the session's policy for the engine; IAM's page on session policies says that it is not",
    asTheyRead: (given) =>
      replaced(given, (text, member) =>
        member === "AWS" && text === given.caller?.arn
          ? text.replace(/:sts::(\d+):assumed-role\/([^/]+)\/.*/, ":iam::$1:role/$2")
          : text,
      ),
  },
];
