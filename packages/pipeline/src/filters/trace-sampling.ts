import type { Filter } from "../call/call.ts";

/** traceSampling opens the span of sampled calls. It never replies. */
export const traceSampling =
  (sampleRatio: number): Filter =>
  (call) => {
    call.beginTrace(sampleRatio);
    return undefined;
  };
