import { z } from "zod";
import { partyMembers } from "../customer/party.ts";
import { defineKind } from "../define-kind.ts";
import { facts } from "../facts.ts";
import { timeZone } from "../price-plan/date.ts";
import { nameRule } from "../price-plan/name.ts";
import { raise } from "../problem.ts";
import { tags } from "../tags.ts";
import { ApiKey } from "./api-key.ts";

const KEYS_MAX = 1_000;

const spec = z.strictObject({
  name: partyMembers.name,
  /** Months of its invoices begin at midnight there. */
  timeZone: timeZone.default("UTC"),
  address: partyMembers.address,
  taxIds: partyMembers.taxIds,
  contacts: partyMembers.contacts,
  /** The keys that it calls with: what is used with them is charged to it. */
  apiKeyIds: z
    .array(z.string().min(1))
    .max(KEYS_MAX)
    .superRefine((ids, context) => {
      if (ids.length === 0) raise(context, facts.KEY_REQUIRED());
      for (const [i, id] of ids.entries())
        if (ids.indexOf(id) < i) raise(context, facts.LISTED_TWICE({ name: id }), [i]);
    }),
  /** How its payments stand, which an operator or a payment service says; absent: nothing is due. The keys of a suspended one are refused as disabled keys are. */
  payment: z.enum(["CURRENT", "OVERDUE", "SUSPENDED"]).optional(),
  tags: tags.optional(),
});

export const Customer = defineKind({
  name: "Customer",
  about: "Who pays for what is used with some API keys.",
  spec,
  collection: "customers",
  id: nameRule,
  references: [
    { to: ApiKey, of: ({ spec }) => spec.apiKeyIds.map((id, i) => ({ id, at: `apiKeyIds[${i}]` })) },
  ],
  quota: "customers",
  bills: true,
});
