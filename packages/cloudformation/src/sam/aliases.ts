import { shown } from "../shown.ts";
import { isNode } from "./node.ts";

/** withAliases replaces aliases such as Api.Stage in Ref and Fn::Sub by the names of the created resources. */
export function withAliases(value: unknown, aliases: ReadonlyMap<string, string>): unknown {
  if (aliases.size === 0) return value;
  if (Array.isArray(value)) return value.map((item) => withAliases(item, aliases));
  if (!isNode(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (name === "Ref" && typeof member === "string") return [name, aliases.get(member) ?? member];
      if (name === "Fn::Sub" && typeof member === "string") return [name, aliasText(member, aliases)];
      if (name === "Fn::Sub" && Array.isArray(member))
        return [name, [aliasText(shown(member[0]), aliases), withAliases(member[1], aliases)]];
      return [name, withAliases(member, aliases)];
    }),
  );
}

const aliasText = (text: string, aliases: ReadonlyMap<string, string>): string =>
  text.replaceAll(/\$\{([^!}]+)\}/g, (whole, name: string) => {
    const alias = aliases.get(name.trim());
    return alias === undefined ? whole : `\${${alias}}`;
  });
