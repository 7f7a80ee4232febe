import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { newChildId, shortIdRule } from "../identifier.ts";
import { RestApi } from "./rest-api.ts";

const spec = z.strictObject({
  name: z.string().min(1).max(128),
  validateRequestBody: z.boolean().default(false),
  validateRequestParameters: z.boolean().default(false),
});

export const RequestValidator = defineKind({
  name: "RequestValidator",
  about: "What is checked in a request before it is sent to an integration (AWS: RequestValidator).",
  spec,
  collection: "requestvalidators",
  parent: RestApi,
  id: shortIdRule(newChildId),
  quota: "requestValidators",
  frozenIn: "definitions",
});
