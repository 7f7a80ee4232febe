import type { JsonService } from "../../protocol/json/endpoint.ts";
import { eventOperations } from "./events.ts";
import { groupOperations } from "./groups.ts";
import { liveTail } from "./live-tail.ts";
import { queryOperations } from "./queries.ts";
import { streamOperations } from "./streams.ts";
import { tagOperations } from "./tags.ts";

/** logs is the part of CloudWatch Logs that keeps, searches and follows events. */
export const logs: JsonService = {
  name: "logs",
  signingName: "logs",
  version: "2014-03-28",
  jsonVersion: "1.1",
  targetPrefix: "Logs_20140328",
  operations: [
    ...groupOperations,
    ...streamOperations,
    ...eventOperations,
    ...tagOperations,
    ...queryOperations,
    liveTail(),
  ],
};
