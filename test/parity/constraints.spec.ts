import * as client from "@aws-sdk/client-api-gateway";
import type { NormalizedSchema } from "@smithy/core/schema";
import { describe, expect, it } from "vitest";
import { apigateway } from "@tollgate/aws-api";
import { caller, declarationsOf, membersIn, operationsIn } from "./model.ts";

const declared = declarationsOf("@aws-sdk/client-api-gateway");
const operations = operationsIn(client);
const call = caller(apigateway);

/** Place is where a constraint of the model is: the names of the members that lead to it, and how they are written in messages. */
interface Place {
  readonly path: readonly string[];
  readonly isList: boolean;
  /** Those of its enumeration, where its type is one. */
  readonly values: readonly string[];
}

/** A structure whose member is wrong, and all others of which are absent or, where they are required, of no meaning. */
const bodyWith = ({ path, isList }: Pick<Place, "path" | "isList">, value: unknown): object =>
  path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), isList ? [value] : value) as object;

/** The client has each enumeration as an object, by the name of its type. */
const valuesOf = (type: string): readonly string[] =>
  Object.values(
    (client as unknown as Readonly<Record<string, Readonly<Record<string, string>>>>)[type] ?? {},
  );

/** The places in a structure, and in the structures in it, where a declaration has something. */
function placesOf(
  schema: NormalizedSchema,
  has: (declaration: { readonly isRequired: boolean; readonly type: string }) => boolean,
): readonly Place[] {
  const members = declared.get(schema.getName(false) ?? "");
  return membersIn(schema).flatMap(({ clientName, name, schema: member }) => {
    const declaration = members?.get(clientName);
    const own =
      declaration && has(declaration)
        ? [
            {
              path: [name],
              isList: declaration.type.endsWith("[]"),
              values: valuesOf(declaration.type.replace("[]", "")),
            },
          ]
        : [];
    const inner = member.isStructSchema() ? placesOf(member, has) : [];
    return [...own, ...inner.map((place) => ({ ...place, path: [name, ...place.path] }))];
  });
}

const inputName = (operation: string) => `${operation.charAt(0).toLowerCase()}${operation.slice(1)}Input`;

/** Operations with a body that is JSON. */
const withBodies = operations.filter(
  ({ name, input }) => input.isStructSchema() && apigateway.inputsOf(name) !== undefined,
);

/** Places where AWS's sentence is another: an operation of a patch is shown with its index. */
const isPatch = ({ path: [first] }: Place) => first === "patchOperations";

describe("what AWS's model requires and allows", () => {
  const required = withBodies.flatMap(({ name, input }) =>
    placesOf(input, ({ isRequired }) => isRequired).map(
      (place) => [name, place.path.join("."), place] as const,
    ),
  );
  it.each(required)("%s without %s is a ValidationException", async (name, at, { path }) => {
    const answer = await call(
      name,
      path.length === 1 ? {} : bodyWith({ path: path.slice(0, -1), isList: false }, {}),
    );
    expect(answer).toMatchObject({
      status: 400,
      type: "ValidationException",
      text: expect.stringContaining(
        `Value null at '${inputName(name)}.${at}' failed to satisfy constraint: Member must not be null`,
      ) as unknown,
    });
  });

  const enumerations = withBodies.flatMap(({ name, input }) =>
    placesOf(input, ({ type }) => valuesOf(type.replace("[]", "")).length > 0)
      .filter((place) => !isPatch(place))
      .map((place) => [name, place.path.join("."), place] as const),
  );
  it.each(enumerations)("%s with a wrong %s is a ValidationException", async (name, at, place) => {
    expect(await call(name, bodyWith(place, "WRONG"))).toMatchObject({
      status: 400,
      type: "ValidationException",
      text: expect.stringContaining(`at '${inputName(name)}.${at}' failed to satisfy constraint`) as unknown,
    });
  });

  it.each(enumerations)("%s takes each %s of the model", async (name, at, place) => {
    for (const value of place.values)
      expect((await call(name, bodyWith(place, value))).text).not.toContain(`'${inputName(name)}.${at}'`);
  });

  it("is in the model at all these places", () => {
    expect(required.length).toBeGreaterThan(20);
    expect(enumerations.length).toBeGreaterThan(20);
  });
});
