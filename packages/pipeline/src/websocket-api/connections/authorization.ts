import { iamAuthorization } from "../../authorization/iam.ts";
import type { FilterFactory } from "../../engine/ports.ts";
import type { WebSocketRoute } from "../context.ts";

/** orderAuthorization allows backends who signed and may manage connections, always by IAM (AWS: control access to WebSocket APIs). */
export const orderAuthorization: FilterFactory<WebSocketRoute> = ({ context }, ports) =>
  iamAuthorization(context, undefined, ports, "execute-api:ManageConnections");
