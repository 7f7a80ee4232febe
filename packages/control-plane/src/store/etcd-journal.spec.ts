import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EtcdJournal } from "./etcd-journal.ts";
import { EtcdKeys } from "./etcd-keys.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a commit whose writer ended while its guards were being checked", () => {
  const keys = new EtcdKeys("tollgate");
  const marker = { value: Buffer.from("some-id 0") } as never;

  function journalOn(succeeded: boolean) {
    const txn = vi.fn(async (_request: { success: readonly object[] }) => ({
      succeeded,
      header: { revision: "7" },
    }));
    const kv = { txn, deleteRange: vi.fn(async () => ({})), range: vi.fn() };
    return { txn, kv, journal: new EtcdJournal({ kv } as never, keys) };
  }

  it("keeps its journal if the writer was only slow, and has decided it meanwhile", async () => {
    const { kv, txn, journal } = journalOn(false);
    await journal.recoverWhenAbandoned(marker);
    vi.advanceTimersByTime(3_001);
    await journal.recoverWhenAbandoned(marker);
    expect(txn).toHaveBeenCalledOnce();
    expect(kv.deleteRange).not.toHaveBeenCalled();
  });

  it("is dropped, and nothing of it is written", async () => {
    const { kv, txn, journal } = journalOn(true);
    await journal.recoverWhenAbandoned(marker);
    vi.advanceTimersByTime(2_999);
    await journal.recoverWhenAbandoned(marker);
    expect(txn).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2);
    await journal.recoverWhenAbandoned(marker);
    expect(txn.mock.calls).toEqual([
      [
        {
          compare: [
            {
              key: Buffer.from(keys.marker),
              target: "Value",
              result: "Equal",
              value: Buffer.from("some-id 0"),
            },
          ],
          success: [{ request_delete_range: { key: Buffer.from(keys.marker) } }],
          failure: [],
        },
      ],
    ]);
    expect(kv.deleteRange).toHaveBeenCalledOnce();
  });
});
