import { openSqlite } from "../usage-store/sqlite.ts";
import { describeBillingEvents } from "./billing-events.contract.ts";

describeBillingEvents("events of billing in memory", async () => ({
  database: openSqlite(":memory:"),
  close: async () => undefined,
}));
