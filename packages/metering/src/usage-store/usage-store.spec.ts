import { openSqlite } from "./sqlite.ts";
import { describeUsageStore } from "./usage-store.contract.ts";

describeUsageStore("the usage store in memory", async () => ({
  database: openSqlite(":memory:"),
  close: async () => undefined,
}));
