import { openSqlite } from "../usage-store/sqlite.ts";
import { describeAlarmStore } from "./alarm-store.contract.ts";

describeAlarmStore("alarms in memory", async () => ({
  database: openSqlite(":memory:"),
  close: async () => undefined,
}));
