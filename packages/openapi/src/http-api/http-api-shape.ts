import { alternativeOf, kinds, objectAt, type ObjectShape } from "@tollgate/config";

/** HTTP_API is what an HTTP API has: what of its spec only WebSocket APIs have is not in it. */
export const HTTP_API: ObjectShape = alternativeOf(objectAt(kinds.Api.spec), "protocolType", "HTTP");
