import { describe, expect, it } from "vitest";
import { type Reading, ratesOf } from "./rates.ts";
import type { MeasuredStage } from "./stage-metrics.ts";

const stage: MeasuredStage = { api: "pets", stage: "live", protocol: "REST" };
const MINUTE = 1_800_000_000 - (1_800_000_000 % 60);

const reading = (
  atS: number,
  figures: Readonly<Record<string, Readonly<Record<number, number>>>>,
): Reading => ({
  atMs: (MINUTE + atS) * 1000,
  stages: new Map([
    [
      "pets\nlive",
      {
        stage,
        figures: Object.fromEntries(
          Object.entries(figures).map(([figure, values]) => [
            figure,
            new Map(Object.entries(values).map(([s, value]) => [MINUTE + Number(s), value])),
          ]),
        ),
      },
    ],
  ]),
});

describe("rates of stages", () => {
  it("are of the last minute that is over, as long as there is one reading", () => {
    const [row] = ratesOf(
      reading(30, {
        calls: { "-60": 600, 0: 10 },
        clientErrors: { "-60": 60 },
        serverErrors: {},
        p50: { "-60": 3, 0: 4 },
        p99: {},
      }),
      undefined,
    );
    expect(row).toEqual({
      stage,
      callsPerSecond: 10,
      clientErrors: 0.1,
      serverErrors: 0,
      p50: 4,
      p99: undefined,
    });
  });

  it("are what came between two readings, also over the end of a minute and for minutes that are counted late", () => {
    const before = reading(58, { calls: { "-60": 100, 0: 50 }, clientErrors: { 0: 5 }, serverErrors: {} });
    const now = reading(63, {
      calls: { "-60": 110, 0: 70, 60: 20 },
      clientErrors: { 0: 5, 60: 10 },
      serverErrors: { 60: 5 },
    });
    expect(ratesOf(now, before)).toMatchObject([
      { callsPerSecond: 10, clientErrors: 0.2, serverErrors: 0.1 },
    ]);
  });

  it("a stage that was not there before begins with all its calls", () => {
    const now = reading(10, { calls: { 0: 20 }, clientErrors: { 0: 0 } });
    const before = { ...reading(5, {}), stages: new Map() };
    expect(ratesOf(now, before)).toMatchObject([{ callsPerSecond: 4, clientErrors: 0 }]);
  });

  it("errors are not known where only calls were asked for, before or now", () => {
    const counted = reading(5, { calls: { 0: 10 } });
    const whole = reading(10, { calls: { 0: 20 }, clientErrors: { 0: 7 } });
    expect(ratesOf(whole, counted)).toMatchObject([{ callsPerSecond: 2, clientErrors: undefined }]);
    expect(ratesOf(reading(15, { calls: { 0: 30 } }), whole)).toMatchObject([
      { callsPerSecond: 2, clientErrors: undefined },
    ]);
  });

  it("are never negative, and have no errors without calls", () => {
    const before = reading(5, { calls: { 0: 10 }, serverErrors: { 0: 1 } });
    expect(ratesOf(reading(10, { calls: { 0: 9 }, serverErrors: { 0: 1 } }), before)).toMatchObject([
      { callsPerSecond: 0, serverErrors: undefined },
    ]);
  });

  it("after a pause that is longer than what is read, they are of what is read", () => {
    const before = reading(0, { calls: { 0: 50 } });
    const now = reading(600, { calls: { 480: 60, 540: 60 } });
    expect(ratesOf(now, before)).toMatchObject([{ callsPerSecond: 1 }]);
  });

  it("begin again where the clock was set back", () => {
    const now = reading(30, { calls: { "-60": 600, 0: 10 } });
    expect(ratesOf(now, reading(90, { calls: { 0: 50 } }))).toMatchObject([{ callsPerSecond: 10 }]);
  });
});
