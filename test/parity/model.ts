import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { NormalizedSchema } from "@smithy/core/schema";
import { type Host, type InputType, type RestJsonService, restJsonEndpoint } from "@tollgate/aws-api";

type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];
type OperationSchema = readonly [kind: 9, namespace: string, name: string, traits: unknown, input: SchemaRef];

/** ModelOperation is an operation as AWS's model of the service describes it. */
export interface ModelOperation {
  readonly name: string;
  readonly input: NormalizedSchema;
}

/** operationsIn returns the operations of a client. */
export const operationsIn = (client: object): readonly ModelOperation[] =>
  Object.values(client).flatMap((value: unknown) => {
    if (!Array.isArray(value) || value[0] !== 9) return [];
    const [, , name, , input] = value as unknown as OperationSchema;
    return [{ name, input: NormalizedSchema.of(input) }];
  });

function typeOf(schema: NormalizedSchema): InputType {
  if (schema.isListSchema()) return { list: typeOf(schema.getValueSchema()) };
  if (schema.isMapSchema()) return { map: typeOf(schema.getValueSchema()) };
  if (schema.isStructSchema() || schema.isUnionSchema()) return { members: typesOf(schema) };
  if (schema.isBooleanSchema()) return "boolean";
  return schema.isNumericSchema() ? "number" : "string";
}

const OUTSIDE = ["httpLabel", "httpQuery", "httpQueryParams", "httpHeader", "httpPayload"] as const;

/** ModelMember is a member by its name in clients, and in JSON. */
interface ModelMember {
  readonly clientName: string;
  readonly name: string;
  readonly schema: NormalizedSchema;
}

/** membersIn returns the members that a JSON body has, not those of the path, the query, the headers, or a body that is a file. */
export const membersIn = (schema: NormalizedSchema): readonly ModelMember[] =>
  [...schema.structIterator()].flatMap(([clientName, member]) => {
    const traits = member.getMergedTraits();
    const name = typeof traits.jsonName === "string" ? traits.jsonName : clientName;
    return OUTSIDE.some((trait) => traits[trait] !== undefined) ? [] : [{ clientName, name, schema: member }];
  });

/** typesOf returns the JSON types of those members. */
export const typesOf = (schema: NormalizedSchema): Record<string, InputType> =>
  Object.fromEntries(membersIn(schema).map(({ name, schema: member }) => [name, typeOf(member)]));

/** What clients' declarations say of a member that their schemas do not: whether it is required, and its type's name. */
interface Declared {
  readonly isRequired: boolean;
  readonly type: string;
}

/** declarationsOf reads the declarations of a client's structures, by their names and the names of their members. */
export function declarationsOf(clientPackage: string): ReadonlyMap<string, ReadonlyMap<string, Declared>> {
  const main = createRequire(import.meta.url).resolve(clientPackage);
  const text = readFileSync(join(dirname(main), "../dist-types/models/models_0.d.ts"), "utf8");
  const structures = text.matchAll(/export interface (\w+) \{\n([\s\S]*?)\n\}/g);
  return new Map(
    [...structures].map(([, name = "", body = ""]) => [
      name,
      new Map(
        [...body.matchAll(/^ {4}(\w+)(\??): ([\w[\]]+) \| undefined;/gm)].map(
          ([, member = "", optional, type = ""]) => [member, { isRequired: optional === "", type }],
        ),
      ),
    ]),
  );
}

/** A host that allows everything and has nothing: whoever looks something up fails in another way. */
const HOST = {
  region: "us-east-1",
  identify: () => ({ accountId: "000000000000", arn: "arn:aws:iam::000000000000:user/ada" }),
  admit: () => undefined,
  begin: async () => undefined,
  refusal: () => undefined,
} as unknown as Host;

/** Answer is the response to a call that finds nothing. */
export interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly text: string;
}

/** caller returns what calls operations of a service that finds nothing, with a body. */
export function caller(service: RestJsonService): (operation: string, body: unknown) => Promise<Answer> {
  const endpoint = restJsonEndpoint(service);
  const byName = new Map(service.operations.map((operation) => [operation.name, operation]));
  return async (operation, body) => {
    const { method, path } = byName.get(operation) ?? { method: "GET", path: "/" };
    const { response } = await endpoint.serve(
      {
        requestId: "request-1",
        method,
        path: path.replace(/\{[^}]+\}/g, "x").replace("/responses/x", "/responses/200"),
        query: "",
        headers: [],
        body: Buffer.from(JSON.stringify(body)),
      },
      HOST,
    );
    return {
      status: response.status,
      type: response.headers["x-amzn-ErrorType"],
      text: response.body.toString(),
    };
  };
}
