import type { Route } from "../call/call.ts";
import type { FilterFactory } from "../engine/ports.ts";

interface TracedRoute extends Route {
  readonly context: Route["context"] & { readonly tracingEnabled: boolean };
}

/** traceSampling opens the span of sampled calls where the stage traces. It never replies. */
export const traceSampling: FilterFactory<TracedRoute> = (route, { traceSampleRatio }) => {
  if (!route.context.tracingEnabled) return undefined;
  return (call) => {
    call.beginTrace(traceSampleRatio);
    return undefined;
  };
};
