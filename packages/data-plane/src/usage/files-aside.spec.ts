import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { FRAME_HEADER_BYTES, writeFrameHeader } from "@tollgate/usage-stream";
import { FilesAside } from "./files-aside.ts";
import { segmentName } from "./segment.ts";
import { SpoolFolder } from "./spool-folder.ts";

const logger = createLogger("test", "silent");
let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "tollgate-aside-"));
});
afterEach(() => rmSync(path, { recursive: true }));

it.each([
  [0, []],
  [99, []],
  [100, ["new.damaged"]],
  [250, ["middle.damaged", "new.damaged"]],
  [300, ["middle.damaged", "new.damaged", "old.damaged"]],
])("of the damaged files, %d bytes keep the newest", async (maxBytes, kept) => {
  for (const [i, name] of ["new", "middle", "old"].entries()) {
    const file = join(path, `${name}.damaged`);
    writeFileSync(file, Buffer.alloc(100));
    utimesSync(file, 1000 - i, 1000 - i);
  }
  writeFileSync(join(path, "0-ab-1.spool"), Buffer.alloc(1000));
  const aside = new FilesAside(path, maxBytes, logger);
  await aside.bound(readdirSync(path));
  expect(readdirSync(path).sort()).toEqual(["0-ab-1.spool", ...kept]);
  expect(aside.bytes).toBe(kept.length * 100);
});

it("a file of which a part was left out is set aside when it is sent, also by the next process", async () => {
  const name = segmentName(0, "ab12", 1);
  const frame = (seq: number) => {
    const bytes = Buffer.alloc(FRAME_HEADER_BYTES + 10);
    writeFrameHeader(bytes, 1, seq);
    return bytes;
  };
  writeFileSync(join(path, name), Buffer.concat([Buffer.alloc(40, 7), frame(2)]));
  const first = new SpoolFolder(path, logger);
  await first.scan();
  const log = [...first.sources.values()][0];
  if (!log?.nextUnsent) throw new Error("the file is not found");
  log.isFinal = true;
  const { endBytes } = await first.read(log, log.nextUnsent);
  expect(endBytes).toBe(40);
  log.nextUnsent.offsetBytes = endBytes;
  log.shipped(1, 0);
  first.save();
  expect(JSON.parse(readFileSync(join(path, "ledger.json"), "utf8"))).toMatchObject({ damaged: [name] });

  const second = new SpoolFolder(path, logger);
  await second.scan();
  await second.scan();
  const again = [...second.sources.values()][0];
  if (!again?.nextUnsent) throw new Error("the file is not found again");
  again.nextUnsent.offsetBytes = again.nextUnsent.sizeBytes;
  await second.free();
  expect(readdirSync(path).sort()).toEqual([`${name}.damaged`, "ledger.json"].sort());
});
