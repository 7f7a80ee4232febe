import {
  apiMember,
  defaultOf,
  isKind,
  type Kind,
  kindNames,
  kindRule,
  memberAt,
  membersOf,
  type SchemaMember,
  specSchema,
  typeOf,
} from "@tollgate/config";
import { CliError, EXIT, formatTable } from "../output.ts";
import { kindOf } from "./get.ts";

const rowOf = (member: SchemaMember) => ({
  member: member.name,
  type: typeOf(member),
  default: member.isRequired ? "(required)" : defaultOf(member),
});

/** The members below a member, as a table; empty: it has none. */
function tableOf(schemas: SchemaMember["schemas"]): string {
  const rows = membersOf(schemas).map(rowOf);
  return rows.length === 0 ? "" : `\n\n${formatTable(rows, ["member", "type", "default"])}`;
}

function explainKind(kind: Kind): string {
  const { about, id, parent } = kindRule(kind);
  const owner = parent ? `\n${apiMember(kind)} names its ${parent.name}.` : "";
  return `${kind}: ${about}\nid: it ${id.help}${id.make ? "; it may be left out" : ""}.${owner}${tableOf([specSchema(kind)])}`;
}

/** Names the first step that is not a member, and the members that are there. */
function unknownMember(kind: Kind, steps: readonly string[]): string {
  const spec = [specSchema(kind)];
  const schemasAt = (depth: number) => (depth === 0 ? spec : memberAt(spec, steps.slice(0, depth))?.schemas);
  let depth = 0;
  while (schemasAt(depth + 1) !== undefined) depth++;
  const names = membersOf(schemasAt(depth) ?? []).map(({ name }) => name);
  const place = [kind, ...steps.slice(0, depth)].join(".");
  return names.length === 0
    ? `${place} has no members`
    : `${place} has no member '${steps[depth]}'; its members are ${names.join(", ")}`;
}

/** explainMember says what a kind is, or what a member of its spec may be: "usageplan", "usageplan.quota.period". */
export function explainMember(name: string): string {
  const [word = "", ...path] = name.split(".");
  const kind = kindOf(word);
  if (!isKind(kind)) throw new CliError(`name a kind, such as ${kindNames.join(", ")}`, EXIT.USAGE);
  const steps = path[0] === "spec" ? path.slice(1) : path;
  if (steps.length === 0) return explainKind(kind);
  const member = memberAt([specSchema(kind)], steps);
  if (!member) throw new CliError(unknownMember(kind, steps), EXIT.USAGE);
  const standard = defaultOf(member);
  const need = member.isRequired ? "required" : standard === undefined ? "optional" : `default: ${standard}`;
  return `${kind}.${steps.join(".")}: ${typeOf(member)} (${need})${tableOf(member.schemas)}`;
}
