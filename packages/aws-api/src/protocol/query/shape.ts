import { CommonError, invalid } from "../../aws-error.ts";
import type { Shape, Structure } from "../json/shape.ts";

/** Form is the members of a request by their names, which have dots where they are in structures or lists. */
interface Form {
  text: string | undefined;
  readonly parts: Map<string, Form>;
}

const PARTS_MAX = 12;

function formOf(parameters: Iterable<readonly [string, string]>): Form {
  const root: Form = { text: undefined, parts: new Map() };
  for (const [name, text] of parameters) {
    const parts = name.split(".");
    if (parts.length > PARTS_MAX) throw new CommonError("serialization", `${name} is nested too deeply`);
    let at = root;
    for (const part of parts) {
      let next = at.parts.get(part);
      if (!next) at.parts.set(part, (next = { text: undefined, parts: new Map() }));
      at = next;
    }
    at.text = text;
  }
  return root;
}

const wrong = (text: string, at: string, wanted: string) =>
  invalid([`Value '${text}' at '${at}' failed to satisfy constraint: Member must be ${wanted}`]);

function readText(text: string, shape: Shape, at: string): unknown {
  switch (shape.type) {
    case "integer":
      if (/^[+-]?\d{1,15}$/.test(text)) return Number(text);
      throw wrong(text, at, "an integer");
    case "number": {
      const value = text.trim() === "" ? Number.NaN : Number(text);
      if (Number.isNaN(value) && text !== "NaN") throw wrong(text, at, "a number");
      return value;
    }
    case "boolean":
      if (text === "true" || text === "false") return text === "true";
      throw wrong(text, at, "a boolean");
    case "timestamp": {
      const value = new Date(/^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : text);
      if (Number.isNaN(value.getTime())) throw wrong(text, at, "a timestamp");
      return value;
    }
    case "blob":
      return Buffer.from(text, "base64");
    default:
      return text;
  }
}

/** Items of a list are numbered from 1; some clients leave numbers out. */
const inOrder = (parts: ReadonlyMap<string, Form>): Form[] =>
  [...parts]
    .filter(([number]) => /^\d+$/.test(number))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, item]) => item);

function readForm(form: Form, shape: Shape, at: string): unknown {
  switch (shape.type) {
    case "structure":
      return readMembers(form, shape, at);
    case "list":
      // An empty list is sent as a name without a value.
      return inOrder(form.parts.get("member")?.parts ?? form.parts).map((item, i) =>
        readForm(item, shape.of, `${at}.${i + 1}.member`),
      );
    case "map":
      return Object.fromEntries(
        inOrder(form.parts.get("entry")?.parts ?? form.parts).map(({ parts }) => {
          const key = parts.get("key")?.text ?? "";
          return [
            key,
            readForm(parts.get("value") ?? { text: "", parts: new Map() }, shape.of, `${at}.${key}`),
          ];
        }),
      );
    default:
      return readText(form.text ?? "", shape, at);
  }
}

function readMembers({ parts }: Form, { members, required = [] }: Structure, at: string) {
  const place = (name: string) => (at === "" ? name : `${at}.${name}`);
  const missing = required.filter((name) => !parts.has(name));
  if (missing.length > 0)
    throw invalid(
      missing.map(
        (name) => `Value null at '${place(name)}' failed to satisfy constraint: Member must not be null`,
      ),
    );
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, shape]) => {
      const part = parts.get(name);
      return part ? [[name, readForm(part, shape, place(name))] as const] : [];
    }),
  );
}

/** readParameters reads the flattened members of a request of the query protocol according to a shape (AWS: Smithy, AWS query protocol). */
export const readParameters = (
  parameters: Iterable<readonly [string, string]>,
  shape: Structure,
): Readonly<Record<string, unknown>> => readMembers(formOf(parameters), shape, "");
