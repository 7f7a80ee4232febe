import { z } from "zod";
import { facts } from "../facts.ts";
import { isJsonObject } from "../json-text.ts";
import { raise } from "../problem.ts";

/** Types of documentation parts, in the order in which AWS lists them. */
export const DOCUMENTATION_PART_TYPES = [
  "RESPONSE_BODY",
  "RESPONSE",
  "METHOD",
  "MODEL",
  "AUTHORIZER",
  "RESPONSE_HEADER",
  "RESOURCE",
  "PATH_PARAMETER",
  "REQUEST_BODY",
  "QUERY_PARAMETER",
  "API",
  "REQUEST_HEADER",
] as const;

export type DocumentationPartType = (typeof DOCUMENTATION_PART_TYPES)[number];

type Member = "path" | "method" | "statusCode" | "name";

/** The members of a location besides the type, by type (AWS: DocumentationPartLocation). */
const LOCATION_MEMBERS: Readonly<Record<DocumentationPartType, readonly Member[]>> = {
  API: [],
  AUTHORIZER: ["name"],
  MODEL: ["name"],
  RESOURCE: ["path"],
  METHOD: ["path", "method"],
  PATH_PARAMETER: ["path", "method", "name"],
  QUERY_PARAMETER: ["path", "method", "name"],
  REQUEST_HEADER: ["path", "method", "name"],
  REQUEST_BODY: ["path", "method"],
  RESPONSE: ["path", "method", "statusCode"],
  RESPONSE_HEADER: ["path", "method", "statusCode", "name"],
  RESPONSE_BODY: ["path", "method", "statusCode"],
};

const DEFAULTS: Readonly<Record<Exclude<Member, "name">, string>> = {
  path: "/",
  method: "*",
  statusCode: "*",
};

/** What a documentation part describes. A member of its type that is absent means all, such as any method or any status. */
export const documentationLocation = z
  .strictObject({
    type: z.enum(DOCUMENTATION_PART_TYPES),
    path: z.string().startsWith("/", "must be the path of a resource, such as /pets").optional(),
    method: z
      .string()
      .regex(/^(\*|ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT)$/, "must be a method, or * for all")
      .optional(),
    statusCode: z
      .string()
      .regex(/^(\*|[1-5]\d\d)$/, "must be a status such as 200, or * for all")
      .optional(),
    name: z.string().min(1).optional(),
  })
  .transform((given, context) => {
    const wanted = LOCATION_MEMBERS[given.type];
    for (const member of ["path", "method", "statusCode", "name"] as const)
      if (given[member] !== undefined && !wanted.includes(member))
        raise(context, facts.LOCATION_MEMBER_UNEXPECTED({ type: given.type }), [member]);
    if (wanted.includes("name") && given.name === undefined)
      raise(context, facts.LOCATION_MEMBER_REQUIRED({ type: given.type }), ["name"]);
    const filled = wanted.map((member) => [
      member,
      member === "name" ? given.name : (given[member] ?? DEFAULTS[member]),
    ]);
    return { type: given.type, ...Object.fromEntries(filled) } as typeof given;
  });

export type DocumentationLocation = z.output<typeof documentationLocation>;

/** AWS's size limit of the content of a part. */
const PROPERTIES_MAX = 128 * 1024;

/** The content of a part as a JSON string, as on AWS. */
export const documentationProperties = z
  .string()
  .max(PROPERTIES_MAX)
  .refine(isJsonObject, 'must be a JSON object as a string, such as \'{"description":"Lists pets"}\'');
