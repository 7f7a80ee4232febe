import { expect, it } from "vitest";
import { ControlPlanes } from "./control-planes.ts";

const three = (random = 0) => new ControlPlanes(["a", "b", "c"], () => random);

it("nodes begin with different control planes, and try each of them without a pause", () => {
  expect([0, 0.4, 0.9].map((random) => three(random).address)).toEqual(["a", "b", "c"]);
  const planes = three(0.9);
  expect([planes.ended("failed"), planes.address, planes.ended("failed"), planes.address]).toEqual([
    0,
    "a",
    0,
    "b",
  ]);
  expect(planes.allFailed).toBe(false);
  expect(planes.ended("failed")).toBeGreaterThan(0);
  expect(planes.allFailed).toBe(true);
});

it("a node that has lost its control plane moves within a second, each after another wait", () => {
  const waits = [0, 0.5, 0.999].map((random) => {
    const planes = three(random);
    const before = planes.address;
    planes.connected();
    const waitMs = planes.ended("lost");
    expect(planes.address).not.toBe(before);
    return waitMs;
  });
  expect(new Set(waits).size).toBe(3);
  expect(Math.max(...waits)).toBeLessThan(500);
});

it("waits grow while none can be reached, up to 10 seconds, and are short again after one was", () => {
  const planes = three(0.999);
  const waits = Array.from({ length: 40 }, () => planes.ended("failed"));
  expect(waits.at(-1)).toBeGreaterThan(9_000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(10_000);
  expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  planes.connected();
  expect(planes.ended("lost")).toBeLessThan(500);
});

it("a node whose id is taken asks again soon, however often", () => {
  const planes = three(0.5);
  const waits = Array.from({ length: 40 }, () => planes.ended("denied"));
  expect(new Set(waits)).toEqual(new Set([1_000]));
});

it("a control plane that sends nothing is given up earlier if there are others, later when all are slow", () => {
  const alone = new ControlPlanes(["a"], () => 0);
  const planes = three();
  expect(planes.silenceMs).toBeLessThan(alone.silenceMs);
  const first = planes.silenceMs;
  for (let i = 0; i < 30; i++) planes.ended("failed");
  expect(planes.silenceMs).toBeGreaterThan(first);
  expect(planes.silenceMs).toBeLessThanOrEqual(30_000);
});
