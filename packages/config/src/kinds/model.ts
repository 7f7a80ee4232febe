import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { isJsonObject } from "../json-text.ts";
import { RestApi } from "./rest-api.ts";

const spec = z.strictObject({
  contentType: z.string().min(1).default("application/json"),
  description: z.string().optional(),
  /** The schema as a JSON string, as on AWS. */
  schema: z.string().refine(isJsonObject, 'must be a JSON object as a string, such as \'{"type":"object"}\''),
});

/** isBuiltInModel says whether a name is that of a model that every API has from the start. */
export const isBuiltInModel = (name: string): boolean => name === "Empty" || name === "Error";

export const Model = defineKind({
  name: "Model",
  about: "A model: a JSON Schema (draft 4) with a name.",
  spec,
  collection: "models",
  parent: RestApi,
  id: { pattern: /^[A-Za-z0-9]{1,255}$/, help: "is the model's name and must be alphanumeric" },
  quota: "models",
  frozenIn: "definitions",
});
