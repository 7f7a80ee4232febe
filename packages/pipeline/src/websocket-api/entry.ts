import { gatewayForm, type ResponseForm } from "../call/call.ts";
import { deny } from "../call/errors.ts";
import type { Entry } from "../engine/stage.ts";
import { webSocketRoleOf } from "./context.ts";
import { handshakeRefusal, messageRefusal, orderRefusal } from "./errors.ts";

/** httpForm is the form of what leaves over HTTP: refusals of handshakes, and responses to orders. */
export const httpForm: ResponseForm = {
  ...gatewayForm,
  refused(call, reply) {
    return call.route && webSocketRoleOf(call.route) === "order"
      ? orderRefusal(reply)
      : handshakeRefusal(call, reply);
  },
};

/** messageForm is the form of what a client gets for a message: nothing but the text. */
export const messageForm: ResponseForm = {
  compressedFromBytes: undefined,
  refused: messageRefusal,
  finishHead: (_call, headers) => headers,
};

const forbidden = deny("UNKNOWN_STAGE");

/** webSocketEntry: a call of a WebSocket API has one id. */
export const webSocketEntry: Entry = {
  enter(call) {
    call.requestId = call.extendedRequestId;
  },
  unknownStage: forbidden,
  disabledEndpoint: forbidden,
};
