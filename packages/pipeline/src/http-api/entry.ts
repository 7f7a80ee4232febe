import type { ResponseForm } from "../call/call.ts";
import type { Reply } from "../call/reply.ts";
import type { Entry } from "../engine/stage.ts";
import type { HttpContext } from "./context.ts";
import { httpRefusal } from "./errors.ts";

/** The form where no stage is found: without CORS. */
const bareForm: ResponseForm = {
  compressedFromBytes: undefined,
  refused: httpRefusal,
  finishHead(call, headers) {
    headers.push("apigw-requestid", call.requestId);
    return headers;
  },
};

const notFound: Reply = {
  status: 404,
  headers: ["content-type", "application/json"],
  body: '{"message":"Not Found"}',
};

/** httpEntry: a call of an HTTP API has one id, and the method that was sent. */
export const httpEntry: Entry = {
  enter(call) {
    call.requestId = call.extendedRequestId;
    call.form = bareForm;
  },
  unknownStage: notFound,
  disabledEndpoint: notFound,
};

/** httpForm is the form of an API's responses: with what it says to browsers. */
export function httpForm({ cors }: HttpContext): ResponseForm {
  if (!cors) return bareForm;
  return {
    ...bareForm,
    finishHead: (call, headers) => bareForm.finishHead(call, cors.applied(call, headers)),
  };
}
