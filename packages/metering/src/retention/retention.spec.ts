import { openSqlite } from "../usage-store/sqlite.ts";
import { describeRetention } from "./retention.contract.ts";

describeRetention("the retention of usage in memory", async () => ({
  database: openSqlite(":memory:"),
  close: async () => undefined,
}));
