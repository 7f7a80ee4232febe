import type { Block } from "./syntax.ts";

/** weightOf is what one rendering of a block costs at most, in steps, loops and macros within it aside: they pay for themselves. */
export function weightOf(block: Block): number {
  return block.reduce((sum, node) => {
    if (node.kind !== "if") return sum + 1;
    const blocks = [...node.branches.map((branch) => branch.block), node.otherwise ?? []];
    return sum + node.branches.length + Math.max(...blocks.map(weightOf));
  }, 1);
}
