import { describe, expect, it } from "vitest";
import type { KeyRecord } from "./key-record.ts";
import { type KeyQuestion, WorkerDirectory } from "./worker-directory.ts";

const ACCOUNT = "000000000000";
const record: KeyRecord = {
  kind: "apiKey",
  apiKey: { id: "good", enabled: true, usagePlanIds: [], quotaGrants: {} },
};

function directoryOf(answer: (question: KeyQuestion) => KeyRecord) {
  const asked: KeyQuestion[] = [];
  const directory = new WorkerDirectory(async (question) => {
    asked.push(question);
    return answer(question);
  });
  return {
    asked,
    find: async (value: string) => directory.apiKey(ACCOUNT, value, "::ffff:192.0.2.7"),
    directory,
  };
}

describe("the keys of a worker", () => {
  it("stay cached however many guessed ones come", async () => {
    let answer: KeyRecord = record;
    const { asked, find } = directoryOf(() => answer);
    await find("good");
    answer = null;
    for (let i = 0; i < 30_000; i++) await find(`guessed${i}`);
    const before = asked.length;
    expect(await find("good")).toMatchObject({ id: "good" });
    expect(asked.length).toBe(before);
  });

  it("that do not exist are asked for once, until a change of theirs", async () => {
    let answer: KeyRecord = null;
    const { asked, find, directory } = directoryOf(() => answer);
    expect([await find("a"), await find("a")]).toEqual([undefined, undefined]);
    expect(asked).toHaveLength(1);
    answer = record;
    directory.changed([asked[0]?.name ?? ""]);
    expect(await find("a")).toMatchObject({ id: "good" });
  });

  it("are asked for in the name of who sent them", async () => {
    const { asked, find } = directoryOf(() => null);
    await find("a");
    expect(asked[0]?.source).toBe("192.0.2.7");
  });
});
