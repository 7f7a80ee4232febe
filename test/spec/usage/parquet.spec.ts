import { join } from "node:path";
import { beforeAll, expect, it, vi } from "vitest";
import { BillingService } from "@tollgate/proto/billing";
import { addService } from "@tollgate/proto/grpc";
import { startGrpcServer } from "@tollgate/proto/grpc-server";
import { FreeReason, UsageService } from "@tollgate/proto/usage";
import { createLogger } from "@tollgate/telemetry";
import { ParquetFile } from "../../../packages/cli/src/parquet.ts";
import { createProgram } from "../../../packages/cli/src/program.ts";
import { readDefaults } from "../../../packages/cli/src/settings.ts";
import { createBillingService } from "../../../packages/metering/src/grpc/billing-service.ts";
import { createUsageService } from "../../../packages/metering/src/grpc/usage-service.ts";
import { finalizeInvoice } from "../../../packages/metering/src/invoice/finalize-invoice.ts";
import { deed, terms } from "../../../packages/metering/src/invoice/invoicing.contract.ts";
import { batchOf, DAY, receivedAt, T0 } from "../../../packages/metering/src/usage-store/batches.contract.ts";
import { openSqlite } from "../../../packages/metering/src/usage-store/sqlite.ts";
import { UsageStore } from "../../../packages/metering/src/usage-store/usage-store.ts";
import { installPyarrow, readParquet } from "../../kit/parquet.ts";
import { use, useFolder } from "../../kit/use.ts";

/** It is 45 MB to fetch, once. */
const INSTALL_MS = 900_000;
beforeAll(async () => void (await installPyarrow()), INSTALL_MS);

const folder = useFolder();
const fileOf = (name: string) => join(folder, `${name}.parquet`);
const logger = createLogger("metering", "fatal");

/** Metering's services on an embedded database with calls of two keys and an invoice. */
const metering = use(async () => {
  const scope = new AsyncDisposableStack();
  const database = scope.use(openSqlite(":memory:"));
  const store = await UsageStore.open(database);
  const facts = { usagePlanId: "gold", deploymentId: "d1", configRevision: 9_007_199_254_740_000 };
  const calls = [
    { ...facts, apiKeyId: "ada", responseBytes: 2 ** 40 },
    { ...facts, apiKeyId: "ben", atMs: T0 + DAY },
    { ...facts, apiKeyId: "", usagePlanId: "", atMs: T0 + DAY },
    { ...facts, apiKeyId: "ядро'\n\u{1F511}", freeReason: FreeReason.THROTTLED },
  ];
  await store.ingest(receivedAt([batchOf("n/0/a", 1, calls)]));
  await finalizeInvoice(database, {
    ...deed,
    given: terms("2026-11"),
    issueDate: "2026-12-02",
    acceptsMissingEvents: false,
    silentBeforeUnixMs: 0,
  });
  const options = { database, silentBeforeUnixMs: () => 0, nowUnixMs: Date.now, logger };
  const auditing = { topic: "", readRaw: undefined, newFile: () => "" };
  const { port } = scope.use(
    await startGrpcServer({
      host: "127.0.0.1",
      port: 0,
      tokens: undefined,
      tls: undefined,
      services: [UsageService, BillingService],
      register: (server) => {
        addService(server, UsageService, createUsageService({ ...options, auditing }));
        addService(server, BillingService, createBillingService(options));
      },
    }),
  );
  return { port, [Symbol.asyncDispose]: () => scope.disposeAsync() };
});

/** Runs a command of the CLI within this process, and returns what it prints. */
async function cli(...args: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const stdout = vi
    .spyOn(process.stdout, "write")
    .mockImplementation((text) => printed.push(String(text)) > 0);
  const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    const at = ["--metering-endpoint", `127.0.0.1:${metering.port}`];
    const program = await createProgram(readDefaults({}), [...at, ...args]);
    await program.parseAsync([...at, ...args], { from: "user" });
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
  return printed.join("");
}

it("usage of more rows than are kept at once is read by Apache Arrow as it was written, value by value", async () => {
  const columns = {
    key: "text",
    units: "whole",
    at: "instant",
    amount: "decimal",
    streamed: "flag",
  } as const;
  // Each value is another one and none is a floating-point number; every seventh is absent.
  const rows = Array.from({ length: 120_001 }, (_, i) =>
    i % 7 === 0
      ? {}
      : {
          key: `k${i % 5_000} \u{1F511}`,
          units: (i % 2 ? 1n : -1n) * (2n ** 63n - 1n - BigInt(i)),
          at: BigInt(T0 + i),
          amount: `${i % 3 ? "" : "-"}${"9".repeat((i % 32) + 1)}.${String(i % 1_000_000).padStart(6, "0")}`,
          streamed: i % 2 === 0,
        },
  );
  {
    using file = await ParquetFile.create(fileOf("many"), columns);
    for (let at = 0; at < rows.length; at += 10_000) file.add(rows.slice(at, at + 10_000));
    expect(file.finish()).toBe(rows.length);
  }
  const read = await readParquet(fileOf("many"));
  expect(read.types).toEqual({
    key: "string",
    units: "int64",
    at: "timestamp[us, tz=UTC]",
    amount: "decimal128(38, 6)",
    streamed: "bool",
  });
  expect(read.groups).toEqual([50_000, 50_000, 20_001]);
  const wrong = rows.flatMap(({ key, units, at, amount, streamed }, i) => {
    const wanted = [key, units, at && at * 1_000n, amount, streamed].map((value) =>
      typeof value === "bigint" ? `${value}` : (value ?? null),
    );
    const found = Object.keys(columns).map((name) => read.columns[name]?.[i]);
    return JSON.stringify(wanted) === JSON.stringify(found) ? [] : [{ i, wanted, found }];
  });
  expect(wrong).toEqual([]);
});

it("`usage units --parquet` writes the rows that it prints as JSON", async () => {
  const select = ["--period", "day", "--start", "2026-11-21", "--end", "2026-11-23"];
  for (const by of ["plan,key,reason", "api,deployment,streamed"]) {
    const rows = JSON.parse(await cli("usage", "units", "--by", by, ...select, "-o", "json"));
    await cli("usage", "units", "--by", by, ...select, "--parquet", fileOf("units"));
    const { types, columns } = await readParquet(fileOf("units"));
    expect(types).toMatchObject({ period: "timestamp[us, tz=UTC]", meter: "string", units: "int64" });
    expect(rows.length).toBeGreaterThan(3);
    for (const [i, row] of rows.entries())
      for (const name of Object.keys(columns).filter((column) => !column.endsWith("Revision")))
        expect(columns[name]?.[i]).toEqual(valueOf(name, row[name]));
    if (by.startsWith("api")) expect(columns["lastRevision"]).toContain("9007199254740000");
  }
});

/** What a file holds of a member of JSON. */
function valueOf(name: string, value: string | number | boolean): string | boolean | null {
  if (name === "period") return `${Date.parse(String(value)) * 1_000}`;
  if (value === "") return null;
  return typeof value === "number" ? String(value) : value;
}

it("`invoice show` and `invoice list --parquet` write money as decimal numbers", async () => {
  const invoice = JSON.parse(await cli("invoice", "show", "INV-2026-000001", "-o", "json"));
  await cli("invoice", "show", "INV-2026-000001", "--parquet", fileOf("lines"));
  const { types, columns } = await readParquet(fileOf("lines"));
  expect(types).toMatchObject({ amount: "decimal128(38, 6)", rated: "decimal128(38, 6)", quantity: "int64" });
  expect(columns["id"]).toEqual(invoice.lines.map(({ id }: { id: string }) => id));
  for (const name of ["amount", "rated", "taxRate"])
    expect(columns[name]?.map(Number)).toEqual(
      invoice.lines.map((line: Record<string, string>) => Number(line[name])),
    );
  expect(columns["amount"]).toContain("9.990000");
  expect(columns["quantity"]?.[0]).toBe(invoice.lines[0].quantity);
  expect(columns["start"]?.[0]).toBe(`${Date.parse(invoice.lines[0].start) * 1_000}`);
  await cli("invoice", "list", "--parquet", fileOf("sums"));
  const sums = await readParquet(fileOf("sums"));
  expect([sums.types["total"], sums.columns["number"]]).toEqual(["decimal128(38, 6)", ["INV-2026-000001"]]);
  expect(Number(sums.columns["total"]?.[0])).toBe(Number(invoice.total));
});

it.each([
  ["usage", "units", "--csv"],
  ["invoice", "show", "INV-2026-000001", "--html"],
])("only one form is written at a time: %s %s", async (...args) => {
  await expect(cli(...args, "--parquet", fileOf("both"))).rejects.toMatchObject({
    code: "commander.conflictingOption",
  });
});
