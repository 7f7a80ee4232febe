import { z } from "zod";

export const tags = z.record(z.string().min(1).max(128), z.string().max(256));

/** A REST API, in the member names of AWS's RestApi. */
export const restApiSpec = z.strictObject({
  name: z.string().min(1).max(255),
  description: z.string().max(1024).optional(),
  version: z.string().max(64).optional(),
  apiKeySource: z.enum(["HEADER", "AUTHORIZER"]).default("HEADER"),
  binaryMediaTypes: z.array(z.string().min(1)).default([]),
  endpointConfiguration: z
    .strictObject({ types: z.array(z.enum(["EDGE", "REGIONAL", "PRIVATE"])).length(1) })
    .default({ types: ["REGIONAL"] }),
  /** Answers of at least this many bytes are compressed for clients that accept it; absent: none. */
  minimumCompressionSize: z.int().min(0).max(10_485_760).optional(),
  disableExecuteApiEndpoint: z.boolean().default(false),
  tags: tags.optional(),
});
