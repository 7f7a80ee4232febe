import { openSqlite } from "../usage-store/sqlite.ts";
import { describePublication } from "./publication.contract.ts";

describePublication(
  "what is published from SQLite",
  async () => ({ database: openSqlite(":memory:"), close: async () => undefined }),
  5,
);
