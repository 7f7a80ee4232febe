import { openSqlite } from "../usage-store/sqlite.ts";
import { describeCallMetrics } from "./call-metrics.contract.ts";

describeCallMetrics("metrics of calls in memory", async () => ({
  database: openSqlite(":memory:"),
  close: async () => undefined,
}));
