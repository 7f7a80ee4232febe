// The names of members in AWS's wafv2, which are in upper camel case, and in specs, which begin in lower case. Both ways are mechanical.

/** Members whose names begin with an abbreviation. */
const ABBREVIATED: Readonly<Record<string, string>> = {
  arn: "ARN",
  ip: "IP",
  ipSetReferenceStatement: "IPSetReferenceStatement",
  ipSetForwardedIPConfig: "IPSetForwardedIPConfig",
  ipAddressVersion: "IPAddressVersion",
  httpMethod: "HTTPMethod",
  ja3Fingerprint: "JA3Fingerprint",
  ja4Fingerprint: "JA4Fingerprint",
  API_GATEWAY: "API_GATEWAY",
};
const MEMBERS = new Map(Object.entries(ABBREVIATED).map(([member, name]) => [name, member]));
/** Members whose own members are named by the author. */
const MAPS = new Set(["customResponseBodies"]);

const memberOf = (name: string): string =>
  MEMBERS.get(name) ?? `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
const nameOf = (member: string): string =>
  ABBREVIATED[member] ?? `${member.charAt(0).toUpperCase()}${member.slice(1)}`;

/** Bytes that a spec shows as text where they are text. What is no base64 is left to be refused. */
function searched(base64: unknown): readonly [string, unknown] {
  const bytes = typeof base64 === "string" ? Buffer.from(base64, "base64") : Buffer.alloc(0);
  if (bytes.toString("base64") !== base64) return ["searchStringBase64", base64];
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes)
    ? ["searchString", text]
    : ["searchStringBase64", bytes.toString("base64")];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);

/** How SearchString is written: as bytes in base64 on the wire, as text in templates. */
type SearchForm = "base64" | "text";

/** fromAwsNames renames the members of a value of wafv2 to those of a spec. */
export function fromAwsNames(value: unknown, form: SearchForm, isMap = false): unknown {
  if (Array.isArray(value)) return value.map((one) => fromAwsNames(one, form));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, one]) => {
    if (name === "SearchString" && form === "base64" && !isMap) return searched(one);
    const member = isMap ? name : memberOf(name);
    return [member, fromAwsNames(one, form, MAPS.has(member))];
  });
  return Object.fromEntries(entries);
}

/** toAwsNames renames the members of a spec to those of wafv2, whose SearchString is bytes. */
export function toAwsNames(value: unknown, isMap = false): unknown {
  if (Array.isArray(value)) return value.map((one) => toAwsNames(one));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([member, one]) => {
    if (member === "searchString") return ["SearchString", Buffer.from(String(one))];
    if (member === "searchStringBase64") return ["SearchString", Buffer.from(String(one), "base64")];
    return [isMap ? member : nameOf(member), toAwsNames(one, MAPS.has(member))];
  });
  return Object.fromEntries(entries);
}
