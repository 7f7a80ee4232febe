import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { facts } from "../facts.ts";
import { apiIdRule } from "../identifier.ts";
import { raise } from "../problem.ts";
import { endpointConfiguration } from "../rest-api/endpoint-configuration.ts";
import { tags } from "../tags.ts";

/** AWS's size limit of a resource policy, in characters of its JSON. */
const POLICY_MAX = 8192;

/** A policy document, or its JSON string as in AWS's API. */
const policy = z
  .union([z.string(), z.record(z.string(), z.unknown())], {
    error: "must be a policy document, as an object or a JSON string",
  })
  .transform((given, context) => {
    const text = typeof given === "string" ? given : JSON.stringify(given);
    if (text.length > POLICY_MAX) {
      raise(context, facts.TEXT_TOO_LONG({ length: text.length, most: POLICY_MAX }));
      return z.NEVER;
    }
    try {
      return JSON.parse(text) as Record<string, unknown>;
    } catch (error) {
      raise(context, facts.NOT_JSON({ reason: (error as Error).message }));
      return z.NEVER;
    }
  });

const spec = z.strictObject({
  name: z.string().min(1).max(255),
  description: z.string().max(1024).optional(),
  version: z.string().max(64).optional(),
  apiKeySource: z.enum(["HEADER", "AUTHORIZER"]).default("HEADER"),
  binaryMediaTypes: z.array(z.string().min(1)).default([]),
  endpointConfiguration: endpointConfiguration.default({ types: ["REGIONAL"] }),
  /** Responses of at least this many bytes are compressed for clients that accept it; absent: none are. */
  minimumCompressionSize: z.int().min(0).max(10_485_760).optional(),
  /** Resource policy: who may call, from where. */
  policy: policy.optional(),
  /** Versions of TLS and suites that its clients may use. Like everything here, it is live with the next deployment. */
  securityPolicy: z.string().min(1).optional(),
  /** STRICT: calls must have the name that their client asked for in its handshake. */
  endpointAccessMode: z.enum(["BASIC", "STRICT"]).optional(),
  disableExecuteApiEndpoint: z.boolean().default(false),
  tags: tags.optional(),
});

export const RestApi = defineKind({
  name: "RestApi",
  about: "A REST API, with the member names of AWS's RestApi.",
  spec,
  collection: "restapis",
  id: apiIdRule,
  role: "api",
  /** (600, together with HTTP and WebSocket APIs) */
  quota: "restApis",
  frozenIn: "restApi",
});
