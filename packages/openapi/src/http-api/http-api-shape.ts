import { alternativeOf, kinds, type ObjectShape, objectAt } from "@tollgate/config";

/** HTTP_API is the shape of HTTP APIs, without the members that only WebSocket APIs have. */
export const HTTP_API: ObjectShape = alternativeOf(objectAt(kinds.Api.spec), "protocolType", "HTTP");
