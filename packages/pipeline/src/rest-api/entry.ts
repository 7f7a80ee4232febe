import { gatewayForm, type ResponseForm } from "../call/call.ts";
import { deny } from "../call/errors.ts";
import { lastHeader } from "../call/header-lookup.ts";
import type { Entry } from "../engine/stage.ts";
import type { RestContext } from "./context.ts";
import { compileGatewayResponses } from "./errors.ts";

/** Methods that X-HTTP-Method-Override can name. */
const OVERRIDES = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);
const unknownStage = deny("UNKNOWN_STAGE");

/** restEntry: a call of a REST API has the method that it asks for in a header. */
export const restEntry: Entry = {
  enter(call) {
    if (!call.hasMethodOverride) return;
    const wanted = lastHeader(call.headers, "x-http-method-override").toUpperCase();
    if (OVERRIDES.has(wanted)) call.method = wanted;
  },
  unknownStage,
  disabledEndpoint: unknownStage,
};

/** restForm is the form of an API's responses: compressed where it says so, refusals in its own words. */
export const restForm = ({ minimumCompressionSize, components }: RestContext): ResponseForm => ({
  compressedFromBytes: minimumCompressionSize,
  refused: compileGatewayResponses(components.gatewayResponses),
  finishHead: gatewayForm.finishHead,
});
