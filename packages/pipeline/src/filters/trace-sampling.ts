import type { FilterFactory } from "../rest-api/order.ts";

/** traceSampling opens the span of sampled calls where the stage traces. It answers nothing. */
export const traceSampling: FilterFactory = (route, { traceSampleRatio }) => {
  if (!route.context.tracingEnabled) return undefined;
  return (call) => {
    call.beginTrace(traceSampleRatio);
    return undefined;
  };
};
