import { z } from "zod";

const line = z.string().min(1).max(200);

/** address is where a party is, for invoices. */
export const address = z.strictObject({
  line1: line.optional(),
  line2: line.optional(),
  city: line.optional(),
  postalCode: z.string().min(1).max(20).optional(),
  state: line.optional(),
  country: z.string().regex(/^[A-Z]{2}$/, "must be two capital letters of ISO 3166, such as DE"),
});

export const taxId = z.strictObject({
  /** Such as EU_VAT. */
  type: z.string().regex(/^[A-Z][A-Z_]{0,30}$/, "must be capital letters and _, such as EU_VAT"),
  value: z.string().min(1).max(64),
});

export const contact = z.strictObject({
  name: line.optional(),
  email: z.email().max(320),
});
