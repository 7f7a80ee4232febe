/** mediaTypeOf is the first media type of a Content-Type or Accept, without parameters. */
export const mediaTypeOf = (header: string): string =>
  (header.split(/[,;]/, 1)[0] as string).trim().toLowerCase();

/** compileBinaryMatcher finds whether a media type is binary: exact type/subtype, type/* or *\/*. Any other wildcard matches nothing. */
export function compileBinaryMatcher(binaryMediaTypes: readonly string[]): (mediaType: string) => boolean {
  const patterns = binaryMediaTypes.map((type) => type.toLowerCase());
  if (patterns.length === 0) return () => false;
  if (patterns.includes("*/*")) return () => true;
  const exact = new Set(patterns.filter((p) => !p.includes("*")));
  const families = patterns.filter((p) => /^[^*]+\/\*$/.test(p)).map((p) => p.slice(0, -1));
  return (mediaType) => exact.has(mediaType) || families.some((family) => mediaType.startsWith(family));
}
