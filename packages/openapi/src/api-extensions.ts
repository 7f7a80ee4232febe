import { isDeepStrictEqual } from "node:util";
import { kinds, objectAt, type Shape, type SpecOf } from "@tollgate/config";
import { isObject, type Json } from "./document.ts";
import { ENDPOINT_MEMBERS } from "./endpoint-configuration.ts";
import type { ImportContext } from "./import-context.ts";

/** Members of a REST API that a definition has in its info and endpoint, or cannot contain. */
const ELSEWHERE = new Set(["name", "description", "version", ...ENDPOINT_MEMBERS, "tags"]);

const extensionOf = (member: string): string =>
  `x-amazon-apigateway-${member.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** All other members by their extension in a definition: binaryMediaTypes is x-amazon-apigateway-binary-media-types. */
const EXTENSIONS = [...objectAt(kinds.RestApi.spec).members].flatMap(([member, { shape }]) =>
  ELSEWHERE.has(member) ? [] : [{ member, shape, name: extensionOf(member) }],
);

/** API_EXTENSIONS are the extensions of the API as a whole, by the members of its spec. */
export const API_EXTENSIONS: ReadonlyMap<string, string> = new Map(
  EXTENSIONS.map(({ member, name }) => [member, name]),
);

const fits = ({ type }: Shape, value: Json): boolean =>
  type === "list" ? Array.isArray(value) : type === "any" ? isObject(value) : typeof value === type;

/** importApiExtensions reads the members of the API from extensions. As on AWS, values of the wrong type are ignored, except a policy. */
export function importApiExtensions({ root, report }: ImportContext): Record<string, Json> {
  const spec: Record<string, Json> = {};
  for (const { member, shape, name } of EXTENSIONS) {
    const value = root[name];
    // Serverless writes an empty policy where there is none.
    if (value === undefined || (member === "policy" && value === "")) continue;
    if (fits(shape, value)) spec[member] = value;
    else if (member === "policy") report.add("error", [name], "must be a policy document");
  }
  return spec;
}

/** exportApiExtensions writes the members of an API that differ from the defaults as extensions. */
export function exportApiExtensions(restApi: SpecOf<"RestApi">): Record<string, Json> {
  const standard: Readonly<Record<string, unknown>> = kinds.RestApi.spec.parse({ name: restApi.name });
  const given: Readonly<Record<string, unknown>> = restApi;
  const said = EXTENSIONS.filter(({ member }) => !isDeepStrictEqual(given[member], standard[member]));
  return Object.fromEntries(said.map(({ member, name }) => [name, given[member] as Json]));
}
