import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { type Segment, segmentName } from "./segment.ts";
import { SpoolFolder } from "./spool-folder.ts";

it("does not leave out the start of a frame that a worker completes, and then ends, while the file is read", async () => {
  const path = mkdtempSync(join(tmpdir(), "tollgate-spool-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  writeFileSync(join(path, segmentName(0, "ab12", 1)), Buffer.alloc(10));
  const folder = new SpoolFolder(path, createLogger("test", "silent"));
  const log = folder.started("0/ab12", () => undefined);
  await folder.scan();
  const segment = log.nextUnsent as Segment;
  const reading = folder.read(log, segment);
  log.isFinal = true;
  expect(await reading).toMatchObject({ frames: [], endBytes: 0 });
  expect(await folder.read(log, segment)).toMatchObject({ frames: [], endBytes: 10 });
});
