import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ParquetFile } from "./parquet.ts";

const folder = mkdtempSync(join(tmpdir(), "tollgate-parquet-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "units.parquet");
const columns = { units: "whole", at: "instant", amount: "decimal" } as const;

describe("a file of Apache Parquet", () => {
  it("has its name once it is whole, and leaves nothing behind if it never is", async () => {
    {
      using file = await ParquetFile.create(path, columns);
      file.add([{ units: 1n }]);
      expect(existsSync(path)).toBe(false);
    }
    expect(existsSync(`${path}.part`)).toBe(false);
    using file = await ParquetFile.create(path, columns);
    file.add([{ units: 1n }]);
    expect(file.finish()).toBe(1);
    const bytes = readFileSync(path);
    expect([bytes.subarray(0, 4), bytes.subarray(-4)].map(String)).toEqual(["PAR1", "PAR1"]);
  });

  it("that cannot be written is named", async () => {
    const nowhere = join(folder, "nowhere", "units.parquet");
    await expect(ParquetFile.create(nowhere, columns)).rejects.toThrow(`cannot write ${nowhere}: ENOENT`);
  });

  it.each([
    ["amount", "1.2345678", "'1.2345678' is not a decimal number of at most 6 digits after the point"],
    ["amount", "1e3", "'1e3' is not a decimal number"],
    ["units", 2n ** 63n, "out of range"],
  ])("takes no value that its column cannot hold exactly: %s %s", async (name, value, problem) => {
    using file = await ParquetFile.create(path, columns);
    expect(() => {
      file.add([{ [name]: value }]);
      file.finish();
    }).toThrow(problem);
  });
});
