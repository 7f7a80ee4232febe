import { CommonError } from "../../aws-error.ts";
import { compact, type JsonObject, member, textMap } from "../../protocol/rest-json/operation.ts";

/** What an update makes of a member's present value and of the given one; undefined: the member is removed. */
type Update = (present: unknown, given: unknown) => unknown;

/** How the value of a member is read from a body: its JSON type is checked. */
type Read = (body: JsonObject, name: string) => unknown;

/** Member is one row of the table of an operation's input. */
interface Member {
  readonly read: Read;
  readonly update: Update;
}

/** Members are the table of an input: what each member is, and what an update does with it. */
export type Members = Readonly<Record<string, Member>>;

const isEmpty = (value: unknown) =>
  value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);

const replaced: Update = (_present, given) => given;

/** clearable: an empty string or list removes the member. */
export const clearable: Update = (_present, given) => (isEmpty(given) ? undefined : given);

/** kept: an empty value changes nothing. */
export const kept: Update = (present, given) => (isEmpty(given) ? present : given);

const merge = (present: unknown, given: unknown, isRemoved: (value: unknown) => boolean) =>
  Object.fromEntries(
    Object.entries({ ...(present as object | undefined), ...(given as object) }).filter(
      ([, value]) => !isRemoved(value),
    ),
  );

/** merged: entries are added to the present ones, and an empty string removes one. */
export const merged: Update = (present, given) => merge(present, given, (value) => value === "");

/** added: entries are added to the present ones, and none is removed. */
export const added: Update = (present, given) => merge(present, given, () => false);

/** mergedMaps: maps are merged by their names, each by its own entries; an empty one removes its name. */
export const mergedMaps: Update = (present, given) => {
  const before = (present ?? {}) as Readonly<Record<string, unknown>>;
  const maps = Object.entries(given as object).map(
    ([name, map]) => [name, isEmpty(map) ? "" : merged(before[name], map)] as const,
  );
  return merge(before, Object.fromEntries(maps), isEmpty);
};

const one =
  (type: "string" | "boolean" | "number" | "map"): Read =>
  (body, name) =>
    member(body, name, type);

const textsOf: Read = (body, name) =>
  member(body, name, "list")?.map((item) => {
    const text = member({ item }, "item", "string");
    if (text === undefined) throw new CommonError("serialization", "a list must not contain null");
    return text;
  });

const mapOf: Read = (body, name) => (member(body, name, "map") ? textMap(body, name) : undefined);

const mapsOf: Read = (body, name) => {
  const maps = member(body, name, "map");
  return maps && Object.fromEntries(Object.keys(maps).map((key) => [key, mapOf(maps, key) ?? {}]));
};

const row =
  (read: Read) =>
  (update: Update = replaced): Member => ({ read, update });

/** The types of members. Without another rule, an update replaces a member. */
export const text = row(one("string"));
export const flag = row(one("boolean"));
export const number = row(one("number"));
export const texts = row(textsOf);
export const textsByName = row(mapOf);
export const mapsByName = row(mapsOf);
/** structure is an object with its own table of members. */
export const structure = (members: Members, update: Update = replaced): Member => ({
  read: (body, name) => {
    const given = member(body, name, "map");
    return given && readMembers(given, members);
  },
  update,
});
/** structuresByName are objects by names that the caller chooses, each with the same table. */
export const structuresByName = (members: Members, update: Update = replaced): Member => ({
  read: (body, name) => {
    const given = member(body, name, "map");
    return (
      given &&
      Object.fromEntries(
        Object.keys(given).map((key) => [key, readMembers(member(given, key, "map") ?? {}, members)]),
      )
    );
  },
  update,
});

/** readMembers reads the given members of a table; null is absent. A value of the wrong JSON type is a SerializationException. */
export const readMembers = (body: JsonObject, members: Members): Record<string, unknown> =>
  compact(Object.fromEntries(Object.entries(members).map(([name, { read }]) => [name, read(body, name)])));

/** changed returns a spec after an update, or a new one if there is none yet. Members that are not given stay as they are. */
export function changed(
  present: object,
  given: Readonly<Record<string, unknown>>,
  members: Members,
): Record<string, unknown> {
  const spec: Record<string, unknown> = { ...present };
  for (const [name, value] of Object.entries(given)) spec[name] = members[name]?.update(spec[name], value);
  return compact(spec);
}
