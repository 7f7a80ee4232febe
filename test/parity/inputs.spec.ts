import * as V1 from "@aws-sdk/client-api-gateway";
import * as V2 from "@aws-sdk/client-apigatewayv2";
import { NormalizedSchema } from "@smithy/core/schema";
import { describe, expect, it } from "vitest";
import { apigateway, apigatewayv2, type Host, type InputType, restJsonEndpoint } from "@tollgate/aws-api";

type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];
type OperationSchema = readonly [kind: 9, namespace: string, name: string, traits: unknown, input: SchemaRef];

/** A client's operations, as AWS's model of the service describes them. */
const modelled = (client: object) =>
  Object.values(client).flatMap((value: unknown) =>
    Array.isArray(value) && value[0] === 9 ? [value as unknown as OperationSchema] : [],
  );

function typeOf(schema: NormalizedSchema): InputType {
  if (schema.isListSchema()) return { list: typeOf(schema.getValueSchema()) };
  if (schema.isMapSchema()) return { map: typeOf(schema.getValueSchema()) };
  if (schema.isStructSchema() || schema.isUnionSchema()) return { members: membersOf(schema) };
  if (schema.isBooleanSchema()) return "boolean";
  return schema.isNumericSchema() ? "number" : "string";
}

const OUTSIDE = ["httpLabel", "httpQuery", "httpQueryParams", "httpHeader", "httpPayload"] as const;

/** The members that a JSON body has, not those of the path, the query, the headers, or a body that is a file. */
const membersOf = (schema: NormalizedSchema): Record<string, InputType> =>
  Object.fromEntries(
    [...schema.structIterator()].flatMap(([name, member]) => {
      const traits = member.getMergedTraits();
      return OUTSIDE.some((trait) => traits[trait] !== undefined)
        ? []
        : [[traits.jsonName ?? name, typeOf(member)]];
    }),
  );

const WRONG = [1, "x", true, [], {}];
const jsonTypeOf = (value: unknown) =>
  Array.isArray(value) ? "list" : typeof value === "object" ? "map" : (typeof value as InputType & string);

/** Values that are right but for one place of a wrong JSON type, for each place and each wrong type. */
function* wrongValues(type: InputType): Generator<unknown> {
  const own = typeof type === "string" ? type : "list" in type ? "list" : "map";
  yield* WRONG.filter((value) => jsonTypeOf(value) !== own);
  if (typeof type === "string") return;
  if ("list" in type) for (const item of wrongValues(type.list)) yield [item];
  else if ("map" in type) for (const item of wrongValues(type.map)) yield { name: item };
  else
    for (const [name, member] of Object.entries(type.members))
      for (const value of wrongValues(member)) yield { [name]: value };
}

/** A host that allows everything and has nothing: whoever looks something up fails in another way. */
const HOST = {
  region: "us-east-1",
  identify: () => ({ accountId: "000000000000", arn: "arn:aws:iam::000000000000:user/ada" }),
  admit: () => undefined,
  begin: async () => undefined,
  refusal: () => undefined,
} as unknown as Host;

describe.each([
  { service: apigateway, client: V1, count: 124 },
  { service: apigatewayv2, client: V2, count: 103 },
])("the inputs of $service.name", ({ service, client, count }) => {
  const operations = modelled(client);

  it("are those of AWS's model for each of its operations", () => {
    expect(service.operations.map(({ name }) => name).sort()).toEqual(
      operations.map(([, , name]) => name).sort(),
    );
    expect(operations).toHaveLength(count);
    for (const [, , name, , input] of operations)
      expect({ [name]: service.inputsOf(name) ?? {} }).toEqual({
        [name]: membersOf(NormalizedSchema.of(input)),
      });
  });

  it("of a wrong JSON type are a SerializationException, wherever they are", async () => {
    const endpoint = restJsonEndpoint(service);
    const answers = new Set<string>();
    let values = 0;
    for (const { name, method, path } of service.operations)
      for (const body of wrongValues({ members: service.inputsOf(name) ?? {} })) {
        if (jsonTypeOf(body) !== "map") continue; // no body of an operation
        const { response } = await endpoint.serve(
          {
            requestId: "request-1",
            method,
            path: path.replace(/\{[^}]+\}/g, "x"),
            query: "",
            headers: [],
            body: Buffer.from(JSON.stringify(body)),
          },
          HOST,
        );
        answers.add(`${response.status} ${response.headers["x-amzn-ErrorType"]}`);
        values++;
      }
    expect([...answers]).toEqual(["400 SerializationException"]);
    expect(values).toBeGreaterThan(1000);
  });
});
