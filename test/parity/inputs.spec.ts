import * as V1 from "@aws-sdk/client-api-gateway";
import * as V2 from "@aws-sdk/client-apigatewayv2";
import { describe, expect, it } from "vitest";
import { apigateway, apigatewayv2, type InputType } from "@tollgate/aws-api";
import { caller, operationsIn, typesOf } from "./model.ts";

const WRONG = [1, "x", true, [], {}];
const jsonTypeOf = (value: unknown) =>
  Array.isArray(value) ? "list" : typeof value === "object" ? "map" : (typeof value as InputType & string);

/** A type without what the model's schemas do not say of it: the lengths of strings. */
function unbounded(type: InputType): InputType {
  if (typeof type === "string") return type;
  if ("longest" in type) return "string";
  if ("list" in type) return { list: unbounded(type.list) };
  return "map" in type ? { map: unbounded(type.map) } : { members: unboundedMembers(type.members) };
}

const unboundedMembers = (members: Readonly<Record<string, InputType>>) =>
  Object.fromEntries(Object.entries(members).map(([name, type]) => [name, unbounded(type)]));

/** Values that are right but for one place of a wrong JSON type, for each place and each wrong type. */
function* wrongValues(type: InputType): Generator<unknown> {
  if (typeof type !== "string" && "longest" in type) return yield* wrongValues("string");
  const own = typeof type === "string" ? type : "list" in type ? "list" : "map";
  yield* WRONG.filter((value) => jsonTypeOf(value) !== own);
  if (typeof type === "string") return;
  if ("list" in type) for (const item of wrongValues(type.list)) yield [item];
  else if ("map" in type) for (const item of wrongValues(type.map)) yield { name: item };
  else
    for (const [name, member] of Object.entries(type.members))
      for (const value of wrongValues(member)) yield { [name]: value };
}

describe.each([
  { service: apigateway, client: V1, count: 124 },
  { service: apigatewayv2, client: V2, count: 103 },
])("the inputs of $service.name", ({ service, client, count }) => {
  const operations = operationsIn(client);

  it("are those of AWS's model for each of its operations", () => {
    expect(service.operations.map(({ name }) => name).sort()).toEqual(
      operations.map(({ name }) => name).sort(),
    );
    expect(operations).toHaveLength(count);
    for (const { name, input } of operations)
      expect({ [name]: unboundedMembers(service.inputsOf(name) ?? {}) }).toEqual({ [name]: typesOf(input) });
  });

  it("of a wrong JSON type are a SerializationException, wherever they are", async () => {
    const call = caller(service);
    const answers = new Set<string>();
    let values = 0;
    for (const { name } of service.operations)
      for (const body of wrongValues({ members: service.inputsOf(name) ?? {} })) {
        if (jsonTypeOf(body) !== "map") continue; // no body of an operation
        const { status, type } = await call(name, body);
        answers.add(`${status} ${type}`);
        values++;
      }
    expect([...answers]).toEqual(["400 SerializationException"]);
    expect(values).toBeGreaterThan(1000);
  });
});
