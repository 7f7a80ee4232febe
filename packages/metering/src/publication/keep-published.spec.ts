import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { migrate } from "../usage-store/migrate.ts";
import { openSqlite } from "../usage-store/sqlite.ts";
import { publishedInvoices } from "./invoices.ts";
import { keepPublished } from "./keep-published.ts";
import { publishedRecords } from "./records.ts";

const folder = mkdtempSync(join(tmpdir(), "tollgate-publishing-"));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ["records", publishedRecords],
  ["invoices", publishedInvoices],
])(
  "a scrape learns since when %s wait while usage is counted on the embedded database",
  async (topic, of) => {
    await using database = openSqlite(join(folder, `${topic}.db`));
    await migrate(database);
    await using publishing = keepPublished({
      database,
      publication: of(topic),
      openSender: async () => Promise.reject(new Error("Kafka is away")),
      logger: createLogger("metering", "fatal"),
    });
    await database.transaction(async () => {
      expect(await Promise.race([publishing.waitingSeconds(), setImmediate("it waits")])).toBe(0);
    });
  },
);
