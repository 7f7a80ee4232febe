import { z } from "zod";
import { isJsonObject } from "../json-text.ts";

/** A model: a JSON Schema (draft 4) with a name. */
export const modelSpec = z.strictObject({
  contentType: z.string().min(1).default("application/json"),
  description: z.string().optional(),
  /** The schema as JSON text, as AWS keeps it. */
  schema: z.string().refine(isJsonObject, 'must be the text of a JSON object, such as \'{"type":"object"}\''),
});
