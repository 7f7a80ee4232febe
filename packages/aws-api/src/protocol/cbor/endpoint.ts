import { cbor, tag } from "@smithy/core/cbor";
import { CommonError } from "../../aws-error.ts";
import { bodyOf } from "../body.ts";
import { Double } from "../double.ts";
import { type Endpoint, headerOf, type WireResponse } from "../endpoint.ts";
import { JSON_ERRORS } from "../json/errors.ts";
import { readStructure } from "../json/shape.ts";
import { shapedEndpoint } from "../shaped/endpoint.ts";
import { queryErrorHeader } from "../shaped/query-error.ts";
import type { ShapedService } from "../shaped/service.ts";
import { isWellFormed } from "./well-formed.ts";

const EPOCH_TAG = 1;
const PROTOCOL = "rpc-v2-cbor";

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** What the library makes of CBOR, as shapes know values: times are dates, and whole numbers are numbers. */
function fromCbor(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(fromCbor);
  if (!isObject(value) || value instanceof Uint8Array) return value;
  if (value["tag"] === EPOCH_TAG && typeof value["value"] === "number")
    return new Date(value["value"] * 1000);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fromCbor(item)]));
}

/** What the library can write: it has no dates, and no members that are undefined. */
function toCbor(value: unknown): unknown {
  if (value instanceof Date) return tag({ tag: EPOCH_TAG, value: value.getTime() / 1000 });
  if (value instanceof Double) return value.value;
  if (value instanceof Map) return toCbor(Object.fromEntries(value));
  if (Array.isArray(value)) return value.map(toCbor);
  if (!isObject(value) || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => (item === undefined ? [] : [[name, toCbor(item)]])),
  );
}

const notCbor = () => new CommonError("serialization", "the body must be CBOR");

function decoded(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  if (!isWellFormed(body)) throw notCbor();
  let value: unknown;
  try {
    value = fromCbor(cbor.deserialize(body));
  } catch {
    throw notCbor();
  }
  if (!isObject(value) || Array.isArray(value))
    throw new CommonError("serialization", "the body must be a map of CBOR");
  return value;
}

/** cborEndpoint serves a service in Smithy's protocol RPC v2 CBOR: the path names the operation, and bodies are CBOR (AWS: Smithy RPC v2 CBOR). */
export function cborEndpoint(service: ShapedService): Endpoint {
  const head = `/service/${service.shapeName}/operation/`;
  const respond = (
    status: number,
    output: object,
    more: Readonly<Record<string, string>> = {},
  ): WireResponse => ({
    status,
    headers: { "Content-Type": "application/cbor", "Smithy-Protocol": PROTOCOL, ...more },
    body: Buffer.from(cbor.serialize(toCbor(output))),
  });
  return shapedEndpoint(service, {
    common: JSON_ERRORS,
    accepts: (request) => request.method === "POST" && headerOf(request, "smithy-protocol") === PROTOCOL,
    claims: ({ path }) => path.startsWith(head),
    operationOf: ({ path }) => (path.startsWith(head) ? path.slice(head.length) : undefined),
    nameOf: ({ path }) => path,
    readInput: (request, shape) => readStructure(decoded(bodyOf(request)), shape),
    write: (output) => respond(200, output ?? {}),
    writeError: ({ code, status, message, members }, request) =>
      respond(
        status,
        { __type: `${service.shapeNamespace}#${code}`, message, ...members },
        queryErrorHeader({ code, status }, request, service.queryCodes),
      ),
  });
}
