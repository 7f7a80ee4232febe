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

const TAX_IDS_MAX = 10;
const CONTACTS_MAX = 20;

/** What a customer has of a party. */
export const partyMembers = {
  name: z.string().min(1).max(200),
  address: address.optional(),
  taxIds: z.array(taxId).max(TAX_IDS_MAX).default([]),
  contacts: z.array(contact).max(CONTACTS_MAX).default([]),
};

/** What a seller has of a party, and when it is to be paid. */
export const sellerMembers = {
  name: partyMembers.name,
  address,
  taxIds: partyMembers.taxIds,
  /** Its number in a register of companies. */
  registration: z.string().min(1).max(100).optional(),
  email: z.email().max(320).optional(),
  /** How many days after its date an invoice is to be paid; absent: on receipt. */
  paymentDays: z.int().min(0).max(365).optional(),
};

/** seller is a seller as documents name it: what else is known of it is left out. */
export const seller = z.looseObject(sellerMembers).partial();

/** party is a customer as documents name it: what else is known of it is left out. */
export const party = z.looseObject(partyMembers).partial();
