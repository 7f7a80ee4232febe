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

function read(text: string, lineCounter: LineCounter, { customTags = [], isLenient = false }: YamlOptions) {
  try {
    const document = parseDocument(text, {
      lineCounter,
      uniqueKeys: !isLenient,
      strict: !isLenient,
      customTags,
      merge: true,
    });
    const [error] = document.errors;
    if (error?.message.startsWith("Maximum call stack")) throw new RangeError(error.message);
    if (error) throw new DefinitionError(error.message.split("\n")[0] ?? error.message);
    keepNames(document);
    const root: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    refuseDeep(root);
    return { document, root };
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
  const lines = new LineCounter();
  const { document, root } = read(text, lines, options);
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
