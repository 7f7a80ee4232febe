import { openSqlite } from "../usage-store/sqlite.ts";
import { describeInvoices } from "./invoices.contract.ts";

describeInvoices(
  "invoices on SQLite",
  async () => ({ database: openSqlite(":memory:"), close: async () => undefined }),
  100,
);
