import { type Meter, unitsOfBytes } from "@tollgate/config";
import { ApiKind, type UsageEvent } from "@tollgate/proto/usage";

/** MeteredUnits is how many units of a meter an event is. */
export interface MeteredUnits {
  readonly meter: Meter;
  readonly units: number;
}

const restUnits = ({ responseBytes }: UsageEvent): MeteredUnits => ({
  meter: "rest.request",
  units: unitsOfBytes("rest.request", Number(responseBytes)),
});

function httpUnits({ requestBytes, responseBytes }: UsageEvent): MeteredUnits {
  const bytes = Number(requestBytes > responseBytes ? requestBytes : responseBytes);
  return { meter: "http.request", units: unitsOfBytes("http.request", bytes) };
}

/** $connect, $disconnect and orders other than messages are calls of no message: they are not metered. */
const webSocketUnits = ({ messageCount, connectionMinutes }: UsageEvent): readonly MeteredUnits[] => [
  { meter: "websocket.message", units: Number(messageCount) },
  { meter: "websocket.minute", units: Number(connectionMinutes) },
];

function unitsOfKind(event: UsageEvent): readonly MeteredUnits[] {
  switch (event.apiKind) {
    case ApiKind.REST:
      return [restUnits(event)];
    case ApiKind.HTTP:
      return [httpUnits(event)];
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

/** unitsOf is what an event counts as, of each meter that it counts in. */
export const unitsOf = (event: UsageEvent): readonly MeteredUnits[] =>
  [...unitsOfKind(event), { meter: "transfer.byte" as const, units: Number(bytesOut(event)) }].filter(
    ({ units }) => units > 0,
  );
