import { openSqlite } from "../usage-store/sqlite.ts";
import { describeOwnSamples } from "./own-samples.contract.ts";

describeOwnSamples("metrics of metering itself on SQLite", async () => ({
  database: openSqlite(":memory:"),
  close: async () => undefined,
}));
