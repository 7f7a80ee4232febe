import type { Integration } from "@tollgate/config";
import type { Call } from "../../call/call.ts";
import { firstHeader, lastHeader } from "../../call/header-lookup.ts";
import { compileBinaryMatcher, mediaTypeOf } from "../../values/binary-media.ts";
import type { RestContext } from "../context.ts";

/** Reads which form of a response a call gets, as far as the gateway itself gives it its form. */
export type ReadRepresentation = (call: Call) => readonly unknown[];

const NOTHING: readonly unknown[] = [];
const nothing: ReadRepresentation = () => NOTHING;

/**
 * compileRepresentation reads what the gateway makes a response of besides its parameters: the template of the request's media type, that
 * of the client's Accept, and whether the bodies are binary. Callers who ask for different forms have an entry each.
 */
export function compileRepresentation(
  { requestTemplates, integrationResponses }: Pick<Integration, "requestTemplates" | "integrationResponses">,
  { binaryMediaTypes }: Pick<RestContext, "binaryMediaTypes">,
): ReadRepresentation {
  const sent = new Set(Object.keys(requestTemplates));
  const received = new Set(
    Object.values(integrationResponses).flatMap(({ responseTemplates = {} }) =>
      Object.keys(responseTemplates),
    ),
  );
  if (binaryMediaTypes.length === 0 && sent.size === 0 && received.size < 2) return nothing;
  const isBinary = compileBinaryMatcher(binaryMediaTypes);
  return ({ headers, contentType }) => {
    const accept = lastHeader(headers, "accept");
    const mediaType = mediaTypeOf(contentType);
    return [
      sent.has(mediaType) || mediaType === "" ? mediaType : null,
      received.has(accept) ? accept : null,
      isBinary(mediaType),
      isBinary(mediaTypeOf(accept)),
      isBinary(mediaTypeOf(firstHeader(headers, "accept"))),
    ];
  };
}
