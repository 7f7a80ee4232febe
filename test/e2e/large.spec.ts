import { expect, it } from "vitest";
import { edits } from "../load/edits.ts";
import { large } from "../load/large.ts";

it("delivers an API of 5,000 methods, and 2,000 stages, which is more than fits into one message", async () => {
  const { figures } = await large({ methods: 5_000, keys: 1_000, stages: 2_000 });
  expect(figures).toMatchObject({ methods: 5_000, stages: 2_000 });
});

it("serves every call correctly while its route is edited 25 times", async () => {
  const { figures } = await edits({ count: 25 });
  expect(figures).toMatchObject({ edits: 25, failed: 0, versions_seen: 26 });
});
