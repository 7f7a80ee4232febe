export const BAD = "BadRequestException";
export const MISSING = "NotFoundException";
export const CONFLICT = "ConflictException";
export const INVALID = "ValidationException";
export const TYPE = "SerializationException";

export const patch = (
  ...operations: readonly (readonly [op: string, path?: string | undefined, value?: unknown, from?: string])[]
) => ({
  patchOperations: operations.map(([op, path, value, from]) => ({ op, path, value, from })),
});

/** Row is a call, its body, and AWS's error for it. $name in a call is the id of something that exists. */
export type Row = readonly [request: string, body: unknown, code: string, message: string | RegExp];

export const METHOD = "/restapis/$api/resources/$root/methods/GET";
export const INTEGRATION = `${METHOD}/integration`;
export const STAGE = "/restapis/$api/stages/prod";
