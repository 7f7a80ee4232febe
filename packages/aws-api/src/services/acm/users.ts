import { certificateOf } from "@tollgate/config";
import type { AccountView } from "../../port.ts";

/** usersOf are the domains that present a certificate. */
export const usersOf = (account: AccountView, id: string): readonly string[] =>
  account
    .list("DomainName", "")
    .flatMap(({ entity }) => (certificateOf(entity.spec, account.accountId) === id ? entity.id : []));
