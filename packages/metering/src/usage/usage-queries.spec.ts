import { openSqlite } from "../usage-store/sqlite.ts";
import { describeUsageQueries } from "./usage-queries.contract.ts";

describeUsageQueries("the usage queries in memory", async () => ({
  database: openSqlite(":memory:"),
  close: async () => undefined,
}));
