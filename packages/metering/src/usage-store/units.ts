import { isCustomMeter, METER_VALUE_MAX, type Meter, requestUnits } from "@tollgate/config";
import { ApiKind, type MeterValue, type UsageEvent } from "@tollgate/proto/usage";

/** MeteredUnits is how many units of a meter an event is. */
export interface MeteredUnits {
  readonly meter: Meter;
  readonly units: number;
}

/** Nodes say how many units a call is; those of versions that do not, how large its bodies are. */
const unitsOfCall = (event: UsageEvent, protocol: "REST" | "HTTP"): number =>
  event.requestUnits > 0n
    ? Number(event.requestUnits)
    : requestUnits(protocol, {
        requestBytes: Number(event.requestBytes),
        responseBytes: Number(event.responseBytes),
      });

/** $connect, $disconnect and orders other than messages are calls of no message: they are not metered. */
const webSocketUnits = ({ messageCount, connectionMinutes }: UsageEvent): readonly MeteredUnits[] => [
  { meter: "websocket.message", units: Number(messageCount) },
  { meter: "websocket.minute", units: Number(connectionMinutes) },
];

function unitsOfKind(event: UsageEvent): readonly MeteredUnits[] {
  switch (event.apiKind) {
    case ApiKind.REST:
      return [{ meter: "rest.request", units: unitsOfCall(event, "REST") }];
    case ApiKind.HTTP:
      return [{ meter: "http.request", units: unitsOfCall(event, "HTTP") }];
    case ApiKind.WEBSOCKET:
      return webSocketUnits(event);
    default:
      // Of a node of a version that does not say of which kind an API is; only WebSocket APIs can be recognized.
      return webSocketUnits(event);
  }
}

/** How POST @connections is recorded: its request is a message to a client, if it was delivered. */
const CONNECTIONS = "@connections";

function bytesOut({ apiKind, resourcePath, messageCount, requestBytes, responseBytes }: UsageEvent): bigint {
  if (apiKind !== ApiKind.WEBSOCKET || resourcePath !== CONNECTIONS) return responseBytes;
  return messageCount > 0n ? requestBytes : 0n;
}

/** What a node cannot have written is not counted: a name or a number that no meter has. */
const ofCustomMeter = ({ meter, units }: MeterValue): readonly MeteredUnits[] =>
  isCustomMeter(meter) && units <= METER_VALUE_MAX ? [{ meter, units: Number(units) }] : [];

/** unitsOf is what an event counts as, of each meter that it counts in. */
export const unitsOf = (event: UsageEvent): readonly MeteredUnits[] =>
  [
    ...unitsOfKind(event),
    { meter: "transfer.byte" as const, units: Number(bytesOut(event)) },
    ...event.meterValues.flatMap(ofCustomMeter),
  ].filter(({ units }) => units > 0);
