import { describe, expect, it } from "vitest";
import { FairQueue } from "./fair-queue.ts";
import { sourceOf } from "./source.ts";

const drained = (queue: FairQueue<string>) => {
  const items: string[] = [];
  for (let item = queue.next(); item !== undefined; item = queue.next()) items.push(item);
  return items;
};

describe("a fair queue", () => {
  it("gives each source its turn, and each source's items in their order", () => {
    const queue = new FairQueue<string>({ itemsMax: 10, sizeMax: 100 });
    for (const item of ["a1", "a2", "a3", "b1", "c1", "b2"])
      expect(queue.add(item[0] as string, item, 1)).toEqual([]);
    expect(drained(queue)).toEqual(["a1", "b1", "c1", "a2", "b2", "a3"]);
    expect(queue.length).toBe(0);
  });

  it.each([
    ["too many items", { itemsMax: 4, sizeMax: 100 }],
    ["too large items", { itemsMax: 100, sizeMax: 4 }],
  ])("of %s makes room with the newest of the source that has most", (_what, limits) => {
    const queue = new FairQueue<string>(limits);
    for (const item of ["a1", "a2", "a3", "b1"]) queue.add(item[0] as string, item, 1);
    expect(queue.add("c", "c1", 1)).toEqual(["a3"]);
    expect(queue.add("a", "a4", 1)).toEqual(["a4"]);
    expect(drained(queue)).toEqual(["a1", "b1", "c1", "a2"]);
  });
});

it.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:db8:1:2::", "2001:db8:1:2::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
])("the source of %s is %s", (address, source) => {
  expect(sourceOf(address)).toBe(source);
});
