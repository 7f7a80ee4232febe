import type { TraceSampling } from "@tollgate/telemetry";
import type { Filter } from "../call/call.ts";

/** traceSampling opens the span of sampled calls. It never replies. */
export const traceSampling =
  (sampling: TraceSampling): Filter =>
  (call) => {
    call.beginTrace(sampling);
    return undefined;
  };
