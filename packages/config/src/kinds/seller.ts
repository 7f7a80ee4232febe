import { z } from "zod";
import { sellerMembers } from "../customer/party.ts";
import { defineKind } from "../define-kind.ts";

const ID = "seller";

export const Seller = defineKind({
  name: "Seller",
  about:
    "Who sends the invoices of the account: its name, its tax ids and when it expects to be paid. An invoice keeps the seller that there is when it is drafted or finalized.",
  spec: z.strictObject(sellerMembers),
  collection: "sellers",
  id: { pattern: /^seller$/, help: "must be 'seller', or be left out", make: () => ID, only: ID },
  quota: undefined,
});
