import { openSqlite } from "../usage-store/sqlite.ts";
import { describeUsageReports } from "./report-usage.contract.ts";

describeUsageReports("usage of customers that is reported, in memory", async () => ({
  database: openSqlite(":memory:"),
  close: async () => undefined,
}));
