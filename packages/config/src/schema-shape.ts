import type { z } from "zod";

/** Shape describes the members of a schema's values and their types. Rules about contents are left out. */
export type Shape =
  | { readonly type: "number" | "boolean" | "any" }
  /** `values`: the only allowed values. */
  | { readonly type: "string"; readonly values?: readonly string[] | undefined }
  | { readonly type: "list"; readonly item: Shape }
  /** The author chooses the names of the members. */
  | { readonly type: "map"; readonly value: Shape }
  | ObjectShape;

export interface ObjectShape {
  readonly type: "object";
  readonly members: ReadonlyMap<string, Member>;
  /** The objects of a union, whose members are merged here. */
  readonly alternatives?: readonly ObjectShape[];
}

/** Member is a member of an object whose name is fixed by the schema. */
export interface Member {
  readonly shape: Shape;
  readonly isRequired: boolean;
}

const ANY: Shape = { type: "any" };

const isAll = <T extends Shape["type"]>(
  shapes: readonly Shape[],
  type: T,
): shapes is readonly Extract<Shape, { type: T }>[] => shapes.every((shape) => shape.type === type);

/** The members of all alternatives; those that every alternative requires are required. */
function mergedObjects(objects: readonly ObjectShape[]): ObjectShape {
  const names = new Set(objects.flatMap(({ members }) => [...members.keys()]));
  const members = new Map<string, Member>();
  for (const name of names) {
    const present = objects.flatMap((object) => object.members.get(name) ?? []);
    members.set(name, {
      shape: merged(present.map(({ shape }) => shape)),
      isRequired: present.length === objects.length && present.every(({ isRequired }) => isRequired),
    });
  }
  return { type: "object", members, alternatives: objects };
}

/** The shape that fits every alternative of a union. */
function merged(shapes: readonly Shape[]): Shape {
  const [first = ANY] = shapes;
  if (shapes.length === 1) return first;
  if (isAll(shapes, "object")) return mergedObjects(shapes);
  if (isAll(shapes, "list")) return { type: "list", item: merged(shapes.map(({ item }) => item)) };
  if (isAll(shapes, "map")) return { type: "map", value: merged(shapes.map(({ value }) => value)) };
  if (isAll(shapes, "string")) {
    const isClosed = shapes.every(({ values }) => values !== undefined);
    const values = [...new Set(shapes.flatMap((shape) => shape.values ?? []))];
    return { type: "string", values: isClosed ? values : undefined };
  }
  return isAll(shapes, first.type) ? first : ANY;
}

function literalShape(values: readonly unknown[]): Shape {
  const types = new Set(values.map((value) => typeof value));
  if (types.size !== 1) return ANY;
  if (types.has("string")) return { type: "string", values: values as readonly string[] };
  return types.has("number") ? { type: "number" } : types.has("boolean") ? { type: "boolean" } : ANY;
}

function objectShape(members: Readonly<Record<string, z.core.$ZodType>>): ObjectShape {
  return {
    type: "object",
    members: new Map(
      Object.entries(members).map(([name, schema]) => [
        name,
        { shape: shapeOf(schema), isRequired: schema._zod.optin === undefined },
      ]),
    ),
  };
}

function read(schema: z.core.$ZodType): Shape {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "string":
      return { type: "string" };
    case "enum":
      return literalShape(Object.values(def.entries));
    case "literal":
      return literalShape(def.values);
    case "number":
      return { type: "number" };
    case "boolean":
      return { type: "boolean" };
    case "array":
      return { type: "list", item: shapeOf(def.element) };
    case "record":
      return { type: "map", value: shapeOf(def.valueType) };
    case "object":
      return objectShape(def.shape);
    case "union":
      return merged(def.options.map(shapeOf));
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
    case "catch":
      return shapeOf(def.innerType);
    case "pipe":
      // Authors write the input of the transform.
      return shapeOf(def.in);
    default:
      return ANY;
  }
}

const shapes = new WeakMap<z.core.$ZodType, Shape>();

/** shapeOf reads a schema's shape. Defaults and checks are not part of it. */
export function shapeOf(schema: z.core.$ZodType): Shape {
  const known = shapes.get(schema);
  if (known) return known;
  const shape = read(schema);
  shapes.set(schema, shape);
  return shape;
}

/**
 * memberShape is the shape of a member by its path, such as ["methods", "*", "integration"]; * is any member of a map, any item of a
 * list.
 */
export function memberShape(shape: Shape, path: readonly string[]): Shape {
  const [name, ...rest] = path;
  if (name === undefined) return shape;
  const member =
    shape.type === "object"
      ? shape.members.get(name)?.shape
      : name !== "*"
        ? undefined
        : shape.type === "map"
          ? shape.value
          : shape.type === "list"
            ? shape.item
            : undefined;
  if (!member) throw new Error(`the schema has no member '${name}'`);
  return memberShape(member, rest);
}

/** objectAt is memberShape for a member that is an object. It accepts a schema or a shape. */
export function objectAt(of: z.core.$ZodType | Shape, path: readonly string[] = []): ObjectShape {
  const shape = memberShape("_zod" in of ? shapeOf(of) : of, path);
  if (shape.type !== "object") throw new Error(`'${path.join(".")}' is not an object`);
  return shape;
}

/** alternativeOf is the alternative of a union whose member has a given value, such as the API whose protocolType is HTTP. */
export function alternativeOf(union: ObjectShape, member: string, value: string): ObjectShape {
  const found = union.alternatives?.find(({ members }) => {
    const shape = members.get(member)?.shape;
    return shape?.type === "string" && shape.values?.includes(value);
  });
  if (!found) throw new Error(`the schema has no alternative whose ${member} is ${value}`);
  return found;
}
