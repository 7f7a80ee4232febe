/** invalidMapping is AWS's sentence for mapping expressions that it does not take, with what it says of each. */
export const invalidMapping = (...errors: readonly string[]): string =>
  `Invalid mapping expression specified: Validation Result: warnings : [], errors : [${errors.join(", ")}]`;
