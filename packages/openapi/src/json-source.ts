import { type Node, parseTree, visit } from "jsonc-parser";
import { DefinitionError, type DefinitionSource, refuseDeep } from "./definition-source.ts";

const STRICT = { disallowComments: true };

/** JSON.parse would silently use the last of two equal members. */
function refuseRepeatedMembers(text: string): void {
  const open: Set<string>[] = [];
  visit(
    text,
    {
      onObjectBegin: () => void open.push(new Set()),
      onObjectEnd: () => void open.pop(),
      onObjectProperty(name, _offset, _length, line) {
        const names = open[open.length - 1] as Set<string>;
        if (names.has(name)) throw new DefinitionError(`'${name}' appears twice, again at line ${line + 1}`);
        names.add(name);
      },
    },
    STRICT,
  );
}

/** JSON.parse reports the place of most errors, but not of a string that ends too early. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const place = /\(line (\d+) column (\d+)\)/.exec(message);
    const what = message.replace(/ in JSON at position .*$/s, "").replace(/, ".*$/s, "");
    const [, line, column] = place ?? [];
    throw new DefinitionError(
      line === undefined
        ? `${message} at line ${text.split("\n").length}`
        : `${what} at line ${line}, column ${column}`,
    );
  }
}

function memberOf(node: Node, name: string): { readonly at: Node; readonly value: Node } | undefined {
  if (node.type === "array") {
    const item = node.children?.[Number(name)];
    return item && { at: item, value: item };
  }
  for (const { children } of node.type === "object" ? (node.children ?? []) : []) {
    const [key, value] = children ?? [];
    if (key?.value === name && value) return { at: key, value };
  }
  return undefined;
}

/** jsonSource reads JSON; the lines of members are computed on demand. Throws DefinitionError. */
export function jsonSource(given: string): DefinitionSource {
  const text = given.replace(/^\uFEFF/, "");
  const root = parse(text);
  refuseDeep(root);
  refuseRepeatedMembers(text);
  let tree: Node | undefined;
  let lineStarts: number[] | undefined;
  const lineAt = (offset: number): number => {
    lineStarts ??= [...text.matchAll(/\n/g)].map(({ index }) => index);
    let low = 0;
    let high = lineStarts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lineStarts[middle] as number) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
  return {
    root,
    lineOf(path) {
      tree ??= parseTree(text, [], STRICT);
      let node = tree;
      let offset = 0;
      for (const name of path) {
        const member = node && memberOf(node, name);
        if (!member) break;
        offset = member.at.offset;
        node = member.value;
      }
      return lineAt(offset);
    },
  };
}
