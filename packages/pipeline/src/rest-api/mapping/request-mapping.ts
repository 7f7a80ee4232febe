import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import type { Integration } from "@tollgate/config";
import { JsonBody, readsBody } from "@tollgate/mapping";
import type { Call } from "../../call/call.ts";
import { inStep } from "../../call/call-trace.ts";
import { deny, Refused } from "../../call/errors.ts";
import { logMethodBody } from "../../call/execution-steps.ts";
import { firstHeader } from "../../call/header-lookup.ts";
import { PAYLOAD_MAX_BYTES, readWholeBody } from "../../call/request-body.ts";
import type { Ports } from "../../engine/ports.ts";
import { compileBinaryMatcher, mediaTypeOf } from "../../values/binary-media.ts";
import { bodyReadHere, hereOrAside, readBody, renderedBy } from "../../values/body-work.ts";
import { factsOf, restoreOverrides } from "../../values/call-facts.ts";
import { CallValues } from "../../values/call-values.ts";
import { type Payload, payloadText, requestPayload, templateText } from "../../values/payload.ts";
import { compileRequestTemplates } from "../../values/request-template.ts";
import { overridesOf, writtenOverrides } from "../call-state.ts";
import type { RestContext } from "../context.ts";

/** MappedRequest is a request behind its template: what an integration sends. */
export interface MappedRequest {
  readonly values: CallValues;
  readonly body: string | Buffer;
  /** A template made the body. */
  readonly templated: boolean;
}

export type MapRequest = (call: Call) => Promise<MappedRequest>;

const cannotDecompress = deny("DEFAULT_4XX", { message: "Unable to decompress the request body" });
const decoders = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const;

/** decompress undoes the Content-Encoding of a request, up to the payload limit. */
async function decompress(body: Buffer, encoding: string): Promise<Buffer> {
  const name = encoding.trim().toLowerCase();
  if (body.length === 0 || !Object.hasOwn(decoders, name)) return body;
  try {
    return await decoders[name as keyof typeof decoders](body, { maxOutputLength: PAYLOAD_MAX_BYTES });
  } catch {
    throw new Refused(cannotDecompress, "the body cannot be decompressed");
  }
}

interface ReadRequest {
  readonly call: Call;
  readonly text: string;
  readonly payload: Payload;
  readonly choice: { readonly text: string } | undefined;
  readonly expressions: readonly string[];
}

/** A body is read, and its template rendered, beside the event loop. */
async function mapAside(
  { call, text, payload, choice, expressions }: ReadRequest,
  { bodyWork }: Pick<Ports, "bodyWork">,
): Promise<MappedRequest> {
  const template = choice && {
    text: choice.text,
    call: factsOf(call, new CallValues(call), overridesOf(call)),
  };
  const result = await bodyWork({ text, expressions, ...(template ? { template } : {}) });
  if (result.overrides) restoreOverrides(overridesOf(call), result.overrides);
  const values = new CallValues(call, readBody(text, result));
  return choice
    ? { values, body: renderedBy(result), templated: true }
    : { values, body: payload.bytes, templated: false };
}

/** compileRequestMapping compiles what happens to a request's body before an integration: conversion, template, overrides. */
export function compileRequestMapping(
  integration: Integration,
  context: RestContext,
  ports: Pick<Ports, "bodyWork">,
): { readonly map: MapRequest; readonly overridesPath: boolean } {
  const { choose, overridesPath } = compileRequestTemplates(integration);
  const expressions = Object.values(integration.requestParameters).filter(readsBody);
  const isBinary = compileBinaryMatcher(context.binaryMediaTypes);
  return {
    overridesPath,
    map: async (call) => {
      const choice = choose(call.contentType);
      if (choice && "refusal" in choice) throw new Refused(choice.refusal, "no template for the media type");
      const sent = await readWholeBody(call);
      const raw =
        sent.length === 0 ? sent : await decompress(sent, firstHeader(call.headers, "content-encoding"));
      const binary = isBinary(mediaTypeOf(call.contentType));
      const payload = requestPayload(raw, binary, integration.contentHandling);
      logMethodBody(call, payload.bytes);
      const text = choice ? templateText(payload) : expressions.length > 0 ? payloadText(payload) : "";
      if (!choice && expressions.length === 0)
        return { values: new CallValues(call), body: payload.bytes, templated: false };
      const written = writtenOverrides(call);
      return inStep(call.traced, "mapping", () =>
        hereOrAside(
          text.length,
          (): MappedRequest => {
            const json = new JsonBody(text);
            const values = new CallValues(call, bodyReadHere(json, expressions));
            if (!choice) return { values, body: payload.bytes, templated: false };
            const body = choice.template(values.templateValues(json, overridesOf));
            return { values, body, templated: true };
          },
          () => {
            restoreOverrides(overridesOf(call), written);
            return mapAside({ call, text, payload, choice, expressions }, ports);
          },
        ),
      );
    },
  };
}
