import type { Format } from "ajv";
import { fastFormats, fullFormats } from "ajv-formats/dist/formats.js";

/** Longest address of mail (RFC 5321, 4.5.3.1) and name of a host (RFC 1035, 3.1), and longer than any address of IPv6. */
const EMAIL_MAX = 320;
const HOSTNAME_MAX = 254;
const IPV6_MAX = 64;
/** URIs longer than this are looked at in less detail. */
const URI_DETAIL_MAX = 4096;

/** What these match takes time that grows faster than its length, so its length is checked first. */
const upTo = (max: number, pattern: Format): Format => {
  if (!(pattern instanceof RegExp)) throw new TypeError("the format is not a regular expression");
  return (text: string) => text.length <= max && pattern.test(text);
};

const matches = (format: Format, text: string): boolean =>
  format instanceof RegExp
    ? format.test(text)
    : typeof format === "function"
      ? format(text)
      : typeof format === "object" && (format.validate as (text: string) => boolean)(text);

/** A date and time with its offset (RFC 3339, 5.6); which days a month has, and where leap seconds are, is checked besides. */
const DATE_TIME =
  /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

function isDateTime(text: string): boolean {
  const [whole, fraction = ""] = DATE_TIME.exec(text) ?? [];
  return whole !== undefined && matches(fullFormats["date-time"] as Format, text.replace(fraction, ""));
}

/** The scheme of a URI and, behind //, its host with perhaps a user and a port (RFC 3986, 3.2). */
const BEFORE_PATH = /^[^:]*:(?:\/\/(?:[^/?#@]*@)?(?:\[[^\]]*\]|[^/?#:]*)(?::\d*)?(?=[/?#]|$)|(?!\/\/))/;

function isUri(text: string): boolean {
  if (!matches(fastFormats.uri as Format, text)) return false;
  if (text.length > URI_DETAIL_MAX) return true;
  const [before] = BEFORE_PATH.exec(text) ?? [];
  const isSeparated = before !== undefined && !/[[\]]/.test(text.slice(before.length));
  return isSeparated && matches(fullFormats.uri as Format, text);
}

const hostname = upTo(HOSTNAME_MAX, fullFormats.hostname as Format);

/** The formats of JSON Schema draft 4 (Validation, 7.3). Others are not checked, as on API Gateway. */
export const draft4Formats: Readonly<Record<string, Format>> = {
  "date-time": isDateTime,
  email: upTo(EMAIL_MAX, fullFormats.email as Format),
  hostname: (text: string) => !text.endsWith(".") && matches(hostname, text),
  ipv4: fullFormats.ipv4 as Format,
  ipv6: upTo(IPV6_MAX, fullFormats.ipv6 as Format),
  uri: isUri,
};
