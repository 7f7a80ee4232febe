import type { Format } from "ajv";
import { fastFormats, fullFormats } from "ajv-formats/dist/formats.js";

/** Longest address of mail (RFC 5321, 4.5.3.1) and name of a host (RFC 1035, 3.1), and longer than any address of IPv6. */
const EMAIL_MAX = 320;
const HOSTNAME_MAX = 254;
const IPV6_MAX = 64;

/** What these match takes time that grows faster than its length, so its length is checked first. */
const upTo = (max: number, pattern: Format): Format => {
  if (!(pattern instanceof RegExp)) throw new TypeError("the format is not a regular expression");
  return (text: string) => text.length <= max && pattern.test(text);
};

/** The formats of JSON Schema draft 4 (Validation, 7.3). Others are not checked, as on API Gateway. */
export const draft4Formats: Readonly<Record<string, Format>> = {
  "date-time": fullFormats["date-time"] as Format,
  email: upTo(EMAIL_MAX, fullFormats.email as Format),
  hostname: upTo(HOSTNAME_MAX, fullFormats.hostname as Format),
  ipv4: fullFormats.ipv4 as Format,
  ipv6: upTo(IPV6_MAX, fullFormats.ipv6 as Format),
  uri: fastFormats.uri as Format,
};
