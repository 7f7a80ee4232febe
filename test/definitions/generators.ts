import fc from "fast-check";

export const LAMBDA =
  "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations";

export const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    "- a: b",
    "yes",
    "1.0",
    "#x",
    "a\nb\n",
    "'q' \"d\"",
    "{}",
    "é…\u{1f600}",
    "null",
    "~",
    " x ",
  ),
);
export const someText = text.filter((value) => value !== "");
export const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}$/).filter((value) => !(value in {}));
export const headerName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}$/);
export const mediaType = fc.constantFrom(
  "application/json",
  "text/plain",
  "application/xml",
  "application/vnd.a+json",
);
export const oneOf = <T>(values: readonly T[], none: T): fc.Arbitrary<T> =>
  values.length > 0 ? fc.constantFrom(...values) : fc.constant(none);
export const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
export const record = (key: fc.Arbitrary<string>, value: fc.Arbitrary<string>, maxKeys = 3) =>
  fc.dictionary(key, value, { maxKeys, noNullPrototype: true });

/** Members that are undefined are not there. */
export const compact = (value: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
