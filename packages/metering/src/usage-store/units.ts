import { isCustomMeter, METER_VALUE_MAX, requestUnits } from "@tollgate/config";
import { ApiKind } from "@tollgate/proto/usage";
import type { EventView } from "@tollgate/usage-stream";
import type { MeterSums } from "./meter-sums.ts";

/** Nodes say how many units a call is; those of versions that do not, how large its bodies are. */
const unitsOfCall = (event: EventView, protocol: "REST" | "HTTP"): number =>
  event.requestUnits > 0 ? event.requestUnits : requestUnits(protocol, event);

function addOfKind(event: EventView, sums: MeterSums): void {
  switch (event.apiKind) {
    case ApiKind.REST:
      sums.add("rest.request", unitsOfCall(event, "REST"));
      return;
    case ApiKind.HTTP:
      sums.add("http.request", unitsOfCall(event, "HTTP"));
      return;
    default:
      // $connect, $disconnect and orders other than messages are calls of no message: they are not metered. Of a node of a version that does not say
      // of which kind an API is, only WebSocket APIs can be recognized.
      if (event.messageCount > 0) sums.add("websocket.message", event.messageCount);
      if (event.connectionMinutes > 0) sums.add("websocket.minute", event.connectionMinutes);
  }
}

/** How POST @connections is recorded: its request is a message to a client, if it was delivered. */
const CONNECTIONS = "@connections";

function bytesOut(event: EventView): number {
  if (event.apiKind !== ApiKind.WEBSOCKET || event.resourcePath !== CONNECTIONS) return event.responseBytes;
  return event.messageCount > 0 ? event.requestBytes : 0;
}

/** addUnitsOf adds what an event counts as to sums, of each meter that it counts in. */
export function addUnitsOf(event: EventView, sums: MeterSums): void {
  addOfKind(event, sums);
  const bytes = bytesOut(event);
  if (bytes > 0) sums.add("transfer.byte", bytes);
  for (let i = 0; i < event.meterTexts.length; i++) {
    const meter = event.known.valueOf(event.meterTexts[i] as number);
    const units = event.meterUnits[i] as number;
    // What a node cannot have written is not counted: a name or a number that no meter has.
    if (isCustomMeter(meter) && units > 0 && units <= METER_VALUE_MAX) sums.add(meter, units);
  }
}
