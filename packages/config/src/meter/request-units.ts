import { unitsOfBytes } from "./meters.ts";

/**
 * requestUnits is how many units a call is of its API's meter of calls; 0: calls of WebSocket APIs are metered by their messages. Sizes are
 * those of bodies, in bytes.
 */
export function requestUnits(
  protocol: "REST" | "HTTP" | "WEBSOCKET",
  { requestBytes, responseBytes }: { readonly requestBytes: number; readonly responseBytes: number },
): number {
  switch (protocol) {
    case "REST":
      return unitsOfBytes("rest.request", responseBytes);
    case "HTTP":
      return unitsOfBytes("http.request", Math.max(requestBytes, responseBytes));
    case "WEBSOCKET":
      return 0;
  }
}
