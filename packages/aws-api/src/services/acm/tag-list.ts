import type { Shape } from "../../protocol/json/shape.ts";

const STRING: Shape = { type: "string" };
export const TAGS: Shape = {
  type: "list",
  of: { type: "structure", required: ["Key"], members: { Key: STRING, Value: STRING } },
};

/** Tag is one of a list. */
export interface Tag {
  readonly Key: string;
  readonly Value?: string;
}

/** tagsOf reads tags of AWS's form. */
export const tagsOf = (list: unknown): Record<string, string> =>
  Object.fromEntries((list as readonly Tag[]).map(({ Key, Value = "" }) => [Key, Value]));
