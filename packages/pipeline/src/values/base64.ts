const ALPHABET = /^[A-Za-z0-9+/]*={0,2}$/;

/** decodeBase64 is what a string in base64 (RFC 4648, 4) stands for; padding may be left out, and nothing else be in it, not even a blank. undefined: it is none. */
export function decodeBase64(text: string): Buffer | undefined {
  if (!ALPHABET.test(text)) return undefined;
  const isPadded = text.endsWith("=");
  return (isPadded ? text.length % 4 !== 0 : text.length % 4 === 1) ? undefined : Buffer.from(text, "base64");
}
