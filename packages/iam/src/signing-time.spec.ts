import { describe, expect, it } from "vitest";
import { amzDate, unixMsOf } from "./signing-time.ts";

describe("times of signatures", () => {
  it.each([
    ["20150830T123600Z", Date.UTC(2015, 7, 30, 12, 36, 0)],
    ["20000229T235959Z", Date.UTC(2000, 1, 29, 23, 59, 59)],
    ["20161231T000000Z", Date.UTC(2016, 11, 31)],
  ])("%s is read, and written again", (date, unixMs) => {
    expect(unixMsOf(date)).toBe(unixMs);
    expect(amzDate(unixMs)).toBe(date);
    expect(amzDate(unixMs + 999)).toBe(date);
    expect(amzDate(unixMs + 1000)).not.toBe(date);
  });

  it.each([
    "20150229T000000Z",
    "20151301T000000Z",
    "20150001T000000Z",
    "20150100T000000Z",
    "20150432T000000Z",
    "20150830T240000Z",
    "20150830T126000Z",
    "20150830T123660Z",
    "00150830T123600Z",
  ])("%s is no time", (date) => expect(unixMsOf(date)).toBeNaN());

  it.each([
    "",
    "20150830",
    "20150830T123600",
    "20150830T123600z",
    "20150830 123600Z",
    "2015-830T123600Z",
    "20150830T1236 0Z",
    "20150830T123600ZZ",
    " 20150830T123600Z",
    "٢0150830T123600Z",
  ])("'%s' is not in the format", (date) => expect(unixMsOf(date)).toBeUndefined());
});
