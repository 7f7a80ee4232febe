import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { KnownNodes } from "./known-nodes.ts";

const logger = createLogger("spec", "silent");
const folder = mkdtempSync(join(tmpdir(), "tollgate-known-nodes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("a node knows how many there are, also after a restart, and reports each change once", () => {
  const file = join(folder, "new", "known-nodes");
  const nodes = new KnownNodes(file, logger);
  expect(nodes.count).toBe(1);
  const heard: number[] = [];
  const stop = nodes.onChange((count) => heard.push(count));
  for (const count of [3, 3, 2]) nodes.set(count);
  stop();
  nodes.set(5);
  expect(heard).toEqual([3, 2]);
  expect(new KnownNodes(file, logger).count).toBe(5);
});

it.each(["", "x", "-1", "0", "1.5"])("a damaged file (%j) is as none", (content) => {
  const file = join(folder, "damaged");
  writeFileSync(file, content);
  expect(new KnownNodes(file, logger).count).toBe(1);
});

it("a file that cannot be written does not end the node, and is written with the next count", () => {
  const file = join(folder, "full", "known-nodes");
  mkdirSync(`${file}.new`, { recursive: true });
  const nodes = new KnownNodes(file, logger);
  nodes.set(3);
  expect(nodes.count).toBe(3);
  rmSync(`${file}.new`, { recursive: true });
  nodes.set(4);
  expect(new KnownNodes(file, logger).count).toBe(4);
});
