import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Tags,
  visit,
} from "yaml";
import { DefinitionError, type DefinitionSource, refuseDeep } from "./definition-source.ts";

/** Most expansions of aliases in total: more is an attack, not a definition. */
const MAX_ALIASES = 1000;

/** Names are strings as written, such as 1.0, yes and 0x1. */
const keepNames = (document: Document): void =>
  visit(document, {
    Pair(_at, { key }) {
      if (isScalar(key) && typeof key.value !== "string" && key.source !== undefined) key.value = key.source;
    },
  });

/** YamlOptions are how a language differs from plain YAML. */
export interface YamlOptions {
  readonly customTags?: Tags;
  /** Takes what YAML 1.1's common parsers take: of a repeated name the last value, and flow collections at any indentation. */
  readonly isLenient?: boolean;
}

function parsed(text: string, { customTags = [], isLenient = false }: YamlOptions) {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: !isLenient,
    strict: !isLenient,
    customTags,
    merge: true,
  });
  return { document, lines };
}

/** Most characters that are read again for indentations, so that no definition takes long. */
const MAX_REREAD_CHARS = 4_000_000;

const indentation = (line: string | undefined): number => line?.search(/\S|$/) ?? 0;

/** The document of a text whose flow collections may be less indented than what they are in: lines that end one too early are indented more, which means nothing there. */
function parsedAtAnyIndentation(text: string, options: YamlOptions) {
  const lines = text.split("\n");
  const asWritten = parsed(text, options);
  let result = asWritten;
  for (let read = text.length; read < MAX_REREAD_CHARS; read += text.length) {
    const [error] = result.document.errors;
    if (error?.code !== "BAD_INDENT" || !error.message.startsWith("Flow ")) break;
    const at = result.lines.linePos(error.pos[0]).line - 1;
    const line = lines[at] ?? "";
    const spaces = Math.max(indentation(lines[at - 1]), indentation(line)) + 1;
    lines[at] = `${" ".repeat(spaces)}${line.trimStart()}`;
    result = parsed(lines.join("\n"), options);
  }
  return result.document.errors.length === 0 ? result : asWritten;
}

function read(text: string, options: YamlOptions) {
  try {
    const { document, lines } = options.isLenient
      ? parsedAtAnyIndentation(text, options)
      : parsed(text, options);
    const [error] = document.errors;
    if (error?.message.startsWith("Maximum call stack")) throw new RangeError(error.message);
    if (error) throw new DefinitionError(error.message.split("\n")[0] ?? error.message);
    keepNames(document);
    const root: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    refuseDeep(root);
    return { document, root, lines };
  } catch (error) {
    if (error instanceof DefinitionError) throw error;
    if (error instanceof RangeError)
      throw new DefinitionError("the definition is nested too deeply to be read");
    // Endless aliases, or aliases to nothing.
    throw new DefinitionError((error as Error).message);
  }
}

/** yamlSource reads YAML. Throws DefinitionError. */
export function yamlSource(text: string, options: YamlOptions = {}): DefinitionSource {
  const { document, root, lines } = read(text, options);
  const offsetOf = (path: readonly string[]): number | undefined => {
    const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    const name = path[path.length - 1];
    const node = isMap(parent)
      ? parent.items.find(({ key }) => String(key) === name)?.key
      : isSeq(parent)
        ? parent.items[Number(name)]
        : undefined;
    return isNode(node) ? node.range?.[0] : undefined;
  };
  return {
    root,
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const offset = offsetOf(path.slice(0, length));
        if (offset !== undefined) return lines.linePos(offset).line;
      }
      return 1;
    },
  };
}
