import { expect, it } from "vitest";
import type { AwsRequest } from "../../protocol/rest-json/operation.ts";
import { page } from "./page.ts";

const itemsOf = (...ids: string[]) => ids.map((id) => ({ id }));
const pageOf = (query: string, items = itemsOf("a", "b", "c", "d", "e")) =>
  page({ query: new URLSearchParams(query) } as AwsRequest, items, ({ id }) => String(id));

it("a page has `limit` items, and the position of the next page", () => {
  const first = pageOf("limit=2");
  expect(first.item).toEqual(itemsOf("a", "b"));
  const second = pageOf(`limit=2&position=${String(first.position)}`);
  expect(second.item).toEqual(itemsOf("c", "d"));
  expect(pageOf(`limit=2&position=${String(second.position)}`)).toEqual({ item: itemsOf("e") });
});

it("a position continues after its item, or at its index if the item was deleted", () => {
  const { position } = pageOf("limit=2");
  expect(pageOf(`position=${String(position)}`, itemsOf("0", "a", "b", "c")).item).toEqual(itemsOf("c"));
  expect(pageOf(`position=${String(position)}`, itemsOf("a", "c", "d")).item).toEqual(itemsOf("c", "d"));
});

it.each([
  ["", 25],
  ["limit=0", 25],
  ["limit=x", 25],
  ["limit=7", 7],
  ["limit=501", 500],
])("'%s' shows %i items", (query, count) => {
  const many = itemsOf(...Array.from({ length: 600 }, (_one, i) => String(i)));
  expect(pageOf(query, many).item).toHaveLength(count);
});

it("an invalid position is refused", () => {
  expect(() => pageOf("position=zzz")).toThrow("Invalid position parameter 'zzz'");
});
