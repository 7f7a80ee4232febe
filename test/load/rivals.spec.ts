import { describe, expect, it } from "vitest";
import { wrkResult } from "./rivals.ts";

const printed = (more: string) => `Running 1s test @ http://127.0.0.1:1/
  1 threads and 4 connections
  Latency Distribution
     50%  305.00us
     99%    1.50ms
  1200 requests in 1.00s, 0.50MB read
${more}Requests/sec:   1200.00
`;

describe("what wrk prints", () => {
  it("has the calls that succeeded, and the latency of the slowest", () => {
    expect(wrkResult(printed(""))).toEqual({ calls: 1_200, bad: 0, p99Ms: 1.5 });
  });

  it("has calls that failed by their status, and by their connection; slow ones are none", () => {
    const more =
      "  Socket errors: connect 1, read 20, write 300, timeout 4000\n  Non-2xx or 3xx responses: 50000\n";
    expect(wrkResult(printed(more)).bad).toBe(50_321);
  });
});
