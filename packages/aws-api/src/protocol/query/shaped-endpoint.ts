import { bodyOf } from "../body.ts";
import { type Endpoint, headerOf, isPostToRoot, type WireRequest, type WireResponse } from "../endpoint.ts";
import { shapedEndpoint } from "../shaped/endpoint.ts";
import type { ShapedService } from "../shaped/service.ts";
import { QUERY_ERRORS } from "./errors.ts";
import { readParameters } from "./shape.ts";
import { type XmlObject, xmlText } from "./xml.ts";

const parametersOf = (request: WireRequest) => new URLSearchParams(bodyOf(request).toString("utf8"));

/** shapedQueryEndpoint serves a service whose operations have shapes in the query protocol (AWS: Smithy, AWS query protocol). */
export function shapedQueryEndpoint(service: ShapedService): Endpoint {
  const { xmlNamespace, queryCodes, version } = service;
  const respond = (status: number, name: string, content: XmlObject): WireResponse => ({
    status,
    headers: { "Content-Type": "text/xml" },
    body: Buffer.from(xmlText(name, xmlNamespace, content)),
  });
  return shapedEndpoint(service, {
    common: QUERY_ERRORS,
    accepts: (request) =>
      isPostToRoot(request) &&
      headerOf(request, "x-amz-target") === undefined &&
      headerOf(request, "smithy-protocol") === undefined,
    claims: (request) => {
      try {
        return parametersOf(request).get("Version") === version;
      } catch {
        // Whoever serves it says what is wrong with its body.
        return false;
      }
    },
    operationOf: (request) => {
      const parameters = parametersOf(request);
      return parameters.get("Version") === version ? (parameters.get("Action") ?? undefined) : undefined;
    },
    nameOf: (request) =>
      `${parametersOf(request).get("Action")} of version ${parametersOf(request).get("Version")}`,
    readInput: (request, shape) => readParameters(parametersOf(request), shape),
    write: (output, operation, { requestId }) =>
      respond(200, `${operation}Response`, {
        ...(output ? { [`${operation}Result`]: output as XmlObject } : {}),
        ResponseMetadata: { RequestId: requestId },
      }),
    writeError: ({ code, status, message }, { requestId }) =>
      respond(status, "ErrorResponse", {
        Error: {
          Type: status >= 500 ? "Receiver" : "Sender",
          Code: queryCodes[code] ?? code,
          Message: message,
        },
        RequestId: requestId,
      }),
  });
}
