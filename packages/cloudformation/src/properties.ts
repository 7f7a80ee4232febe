import { z } from "zod";
import type { Json } from "@tollgate/openapi";
import type { Exception } from "./from-pascal.ts";

/** NOT_ON_AWS is the reason why templates do not set members that only this gateway has. */
export const NOT_ON_AWS = "CloudFormation has no such property";

/** ASSOCIATED is the exception of the web ACL of a stage. */
export const ASSOCIATED: Exception = { absent: "AWS::WAFv2::WebACLAssociation sets it" };

/** document is a property that is an object or a JSON string. */
export const document = z.union([z.string(), z.record(z.string(), z.unknown())], {
  error: "must be an object or a JSON string",
});

/** tagList are tags as a list of keys and values, for REST APIs. HTTP and WebSocket APIs have a map, as in the schema. */
export const tagList: Exception = { list: { key: ["key"], value: "value" } };

/** jsonText is a member that contains a document as a JSON string. */
export const jsonText: Exception = {
  read: (given) => (typeof given === "string" ? given : JSON.stringify(given)),
};

/** upperCase is a word that CloudFormation accepts in any case. */
export const upperCase: Exception = {
  read: (given: Json) => (typeof given === "string" ? given.toUpperCase() : given),
};

/** payloadFormat is a version that YAML may have read as a number: 2.0 is 2 then. */
export const payloadFormat: Exception = {
  read: (given: Json) => (/^\d$/.test(String(given)) ? `${String(given)}.0` : given),
};
