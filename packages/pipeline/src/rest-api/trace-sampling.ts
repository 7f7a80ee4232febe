import type { FilterFactory } from "../engine/ports.ts";
import type { RestRoute } from "./context.ts";

/** traceSampling opens the span of sampled calls where the stage traces. It never replies. */
export const traceSampling: FilterFactory<RestRoute> = (route, { traceSampleRatio }) => {
  if (!route.context.tracingEnabled) return undefined;
  return (call) => {
    call.beginTrace(traceSampleRatio);
    return undefined;
  };
};
