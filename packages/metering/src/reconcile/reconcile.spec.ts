import { openSqlite } from "../usage-store/sqlite.ts";
import { describeReconciliation } from "./reconcile.contract.ts";

describeReconciliation("the comparison of countings on SQLite", async () => ({
  database: openSqlite(":memory:"),
  close: async () => undefined,
}));
