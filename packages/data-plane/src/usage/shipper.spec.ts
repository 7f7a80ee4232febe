import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { UsageBatchSchema } from "@tollgate/proto/usage";
import { createLogger } from "@tollgate/telemetry";
import { encodeKey, readFrame, type TopicMessage } from "@tollgate/usage-stream";
import { Shipper } from "./shipper.ts";
import { Spool } from "./spool.ts";

const key = encodeKey({
  accountId: "000000000000",
  apiId: "abcdefghij",
  stage: "prod",
  httpMethod: "GET",
  resourcePath: "/pets/{petId}",
});
const facts = (i: number) => ({
  endTimeUnixMs: 1_790_000_000_000 + i,
  status: 200 + (i % 400),
  latencyUs: i * 1000,
  integrationLatencyUs: i,
  requestBytes: i,
  responseBytes: i * 1_000_000,
  requestId: "01234567-89ab-cdef-0123-456789abcdef",
  apiKeyId: "",
  usagePlanId: "",
});
const folderOf = () => mkdtempSync(join(tmpdir(), "tollgate-spool-"));
const logger = createLogger("test", "silent");

async function shipAll(folder: string): Promise<TopicMessage[]> {
  const messages: TopicMessage[] = [];
  const sink = {
    send: async (sent: readonly TopicMessage[]) => void messages.push(...sent),
    [Symbol.asyncDispose]: async () => undefined,
  };
  await using shipper = new Shipper({ folder, nodeId: "node", sink, logger });
  shipper.start();
  await shipper.flushed(5_000);
  return messages;
}

describe("the usage spool", () => {
  it("sends all added events as UsageBatch, in sequence, none twice and none missing", async () => {
    const folder = folderOf();
    using spool = new Spool({ folder, worker: 0, boot: "ab12" });
    for (let i = 0; i < 2500; i++) {
      spool.add(key, facts(i));
      if (i % 7 === 0) spool.commit();
    }
    spool.commit();
    const batches = (await shipAll(folder)).map((message) => fromBinary(UsageBatchSchema, message.value));
    expect(batches[0]).toMatchObject({ source: "node/0/ab12", firstSeq: 1n });
    expect(batches.at(-1)?.lastSeq).toBe(2500n);
    const events = batches.flatMap((batch) => batch.events);
    expect(events.map((e) => Number(e.seq))).toEqual(Array.from({ length: 2500 }, (_, i) => i + 1));
    expect(events[1234]).toMatchObject({
      accountId: "000000000000",
      apiId: "abcdefghij",
      stage: "prod",
      httpMethod: "GET",
      resourcePath: "/pets/{petId}",
      status: 234 + 0,
      requestId: facts(0).requestId,
      apiKeyId: "",
      usagePlanId: "",
      latencyUs: 1_234_000n,
      integrationLatencyUs: 1234n,
      requestBytes: 1234n,
      responseBytes: 1_234_000_000n,
      endTimeUnixMs: 1_790_000_001_234n,
    });
  });

  it("does not send again what was acknowledged according to its ledger", async () => {
    const folder = folderOf();
    using spool = new Spool({ folder, worker: 0, boot: "ab12" });
    spool.add(key, facts(1));
    spool.commit();
    expect(await shipAll(folder)).toHaveLength(1);
    expect(await shipAll(folder)).toHaveLength(0);
  });

  it("sends again what the sink refused, unchanged", async () => {
    const folder = folderOf();
    using spool = new Spool({ folder, worker: 0, boot: "ab12" });
    spool.add(key, facts(1));
    spool.commit();
    const tries: TopicMessage[] = [];
    const sink = {
      send: async (sent: readonly TopicMessage[]) => {
        tries.push(...sent);
        if (tries.length === 1) throw new Error("the broker is unreachable");
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
    await using shipper = new Shipper({ folder, nodeId: "node", sink, logger });
    shipper.start();
    expect(await shipper.flushed(5_000)).toBe(true);
    expect(tries).toHaveLength(2);
    expect(tries[0]?.value.equals(tries[1]?.value as Buffer)).toBe(true);
  });

  it("reads neither incomplete nor damaged frames", () => {
    const folder = folderOf();
    using spool = new Spool({ folder, worker: 0, boot: "ab12" });
    spool.add(key, facts(1));
    spool.commit();
    const file = join(folder, readdirSync(folder)[0] as string);
    const bytes = readFileSync(file);
    for (let cut = 0; cut < bytes.length; cut += 5)
      expect(readFrame(bytes.subarray(0, cut), 0)).toBe("partial");
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(file, bytes);
    expect(readFrame(bytes, 0)).toBe("damaged");
  });
});
