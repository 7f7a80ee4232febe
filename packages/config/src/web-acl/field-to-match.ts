import { z } from "zod";

/** What becomes of a request whose part is larger than what is inspected. */
const oversizeHandling = z.enum(["CONTINUE", "MATCH", "NO_MATCH"]);
const matchScope = z.enum(["ALL", "KEY", "VALUE"]);
const everything = z.strictObject({});
const named = z.strictObject({ name: z.string().min(1).max(64) });

/** Exactly one of the members of an object, as AWS's unions have it. */
export const exactlyOne = (value: object): boolean =>
  Object.values(value).filter((member) => member !== undefined).length === 1;

const oneOf = "must have exactly one member";

const headerPattern = z
  .strictObject({
    all: everything.optional(),
    includedHeaders: z.array(z.string().min(1).max(64)).min(1).max(199).optional(),
    excludedHeaders: z.array(z.string().min(1).max(64)).min(1).max(199).optional(),
  })
  .refine(exactlyOne, oneOf);

const cookiePattern = z
  .strictObject({
    all: everything.optional(),
    includedCookies: z.array(z.string().min(1).max(60)).min(1).max(199).optional(),
    excludedCookies: z.array(z.string().min(1).max(60)).min(1).max(199).optional(),
  })
  .refine(exactlyOne, oneOf);

const POINTER = /^\/([^~]|~[01])*$/;

const jsonPattern = z
  .strictObject({
    all: everything.optional(),
    /** JSON Pointers (RFC 6901), such as /user/name or /items/0/id. */
    includedPaths: z
      .array(z.string().regex(POINTER, "must be a JSON Pointer, such as /user/name"))
      .min(1)
      .optional(),
  })
  .refine(exactlyOne, oneOf);

const elsewhere = "is not seen by an API gateway: use a part of the HTTP request";

/** The part of a request that a statement inspects (AWS WAF: FieldToMatch). */
export const fieldToMatch = z
  .strictObject({
    singleHeader: named.optional(),
    singleQueryArgument: named.optional(),
    allQueryArguments: everything.optional(),
    uriPath: everything.optional(),
    queryString: everything.optional(),
    method: everything.optional(),
    body: z.strictObject({ oversizeHandling: oversizeHandling.default("CONTINUE") }).optional(),
    jsonBody: z
      .strictObject({
        matchPattern: jsonPattern,
        matchScope,
        /** Absent: a body is evaluated up to its first error. */
        invalidFallbackBehavior: z.enum(["MATCH", "NO_MATCH", "EVALUATE_AS_STRING"]).optional(),
        oversizeHandling: oversizeHandling.default("CONTINUE"),
      })
      .optional(),
    headers: z.strictObject({ matchPattern: headerPattern, matchScope, oversizeHandling }).optional(),
    cookies: z.strictObject({ matchPattern: cookiePattern, matchScope, oversizeHandling }).optional(),
    headerOrder: z.strictObject({ oversizeHandling }).optional(),
    uriFragment: z.never(elsewhere).optional(),
    ja3Fingerprint: z.never(elsewhere).optional(),
    ja4Fingerprint: z.never(elsewhere).optional(),
  })
  .refine(exactlyOne, oneOf);

export type FieldToMatch = z.output<typeof fieldToMatch>;

/** TEXT_TRANSFORMATIONS are all that are known (AWS WAF: text transformations). */
export const TEXT_TRANSFORMATIONS = [
  "NONE",
  "COMPRESS_WHITE_SPACE",
  "HTML_ENTITY_DECODE",
  "LOWERCASE",
  "CMD_LINE",
  "URL_DECODE",
  "BASE64_DECODE",
  "HEX_DECODE",
  "MD5",
  "REPLACE_COMMENTS",
  "ESCAPE_SEQ_DECODE",
  "SQL_HEX_DECODE",
  "CSS_DECODE",
  "JS_DECODE",
  "NORMALIZE_PATH",
  "NORMALIZE_PATH_WIN",
  "REMOVE_NULLS",
  "REPLACE_NULLS",
  "BASE64_DECODE_EXT",
  "URL_DECODE_UNI",
  "UTF8_TO_UNICODE",
  "REMOVE_WHITESPACE",
  "TRIM",
  "TRIM_LEFT",
  "TRIM_RIGHT",
  "UPPERCASE",
  "REMOVE_COMMENTS_CHAR",
  "CMD_LINE_WIN",
  "CMD_LINE_UNIX",
  "JS_DECODE_EXT",
  "SHA256",
] as const;

export type TextTransformationType = (typeof TEXT_TRANSFORMATIONS)[number];

/** Transformations run in ascending order of their priorities. */
export const textTransformations = z
  .array(z.strictObject({ priority: z.int().min(0), type: z.enum(TEXT_TRANSFORMATIONS) }))
  .min(1)
  .max(10)
  .refine(
    (all) => new Set(all.map(({ priority }) => priority)).size === all.length,
    "must have different priorities",
  );

export type TextTransformations = z.output<typeof textTransformations>;
