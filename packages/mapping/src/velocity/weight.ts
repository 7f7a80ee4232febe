import type { Block } from "./syntax.ts";

/** weightOf returns the maximum cost of one rendering of a block, in steps, without loops and macros within it, which are charged separately. */
export function weightOf(block: Block): number {
  return block.reduce((sum, node) => {
    if (node.kind !== "if") return sum + 1;
    const blocks = [...node.branches.map((branch) => branch.block), node.otherwise ?? []];
    return sum + node.branches.length + Math.max(...blocks.map(weightOf));
  }, 1);
}
