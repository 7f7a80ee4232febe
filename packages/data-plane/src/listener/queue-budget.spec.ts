import { expect, it } from "vitest";
import { QueueBudget } from "./queue-budget.ts";

/** Turns of a millisecond, of which this part was idle, while refusals wait. */
function turns(budget: QueueBudget, idlePart: number, count: number, fromMs = 0): number {
  budget.refusalsWait = true;
  budget.begin(fromMs, 0);
  for (let ms = 1; ms <= count; ms++) budget.adjust(fromMs + ms, ms * idlePart);
  return budget.calls;
}

it("grows within a second to what a worker needs that runs out of work", () => {
  expect(turns(new QueueBudget(), 0.2, 1_000)).toBeGreaterThan(500);
});

it("falls to a few calls where it has work all the time", () => {
  const budget = new QueueBudget();
  turns(budget, 0.2, 1_000);
  expect(turns(budget, 0.01, 5_000, 1_000)).toBe(turns(new QueueBudget(), 0, 1_000));
});

it("grows where refusals do not wait: with long turns the worker may be able to take all calls", () => {
  const budget = new QueueBudget();
  const before = turns(budget, 0, 1_000);
  budget.refusalsWait = false;
  budget.adjust(1_050, 0);
  expect(budget.calls).toBeGreaterThan(before);
});

it("does not count the time between two overloads", () => {
  const budget = new QueueBudget();
  turns(budget, 0, 1_000);
  budget.begin(60_000, 50_000);
  budget.adjust(60_050, 50_000);
  expect(budget.calls).toBe(new QueueBudget().calls);
});

it("is bounded, however long a worker waits for what keeps it from working", () => {
  const often = turns(new QueueBudget(), 1, 10_000);
  expect(turns(new QueueBudget(), 1, 20_000)).toBe(often);
});
