import { z } from "zod";

/** What is checked of a request before it goes to an integration (AWS: RequestValidator). */
export const requestValidatorSpec = z.strictObject({
  name: z.string().min(1).max(128),
  validateRequestBody: z.boolean().default(false),
  validateRequestParameters: z.boolean().default(false),
});
