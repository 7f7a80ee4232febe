import type { ReadVariable } from "../values/context-variables.ts";
import { webSocketContextValue } from "./context-variables.ts";

/** webSocketLogReader finds the variables of a WebSocket API's access log (AWS: monitoring WebSocket API execution with CloudWatch). */
export const webSocketLogReader =
  (name: string): ReadVariable =>
  (call) =>
    webSocketContextValue(call, name);
