import { runParity } from "./parity.ts";

const results = await runParity();
for (const { title, differences } of results)
  console.log(
    `${differences.length === 0 ? "equal " : "DIFFERS"} ${title}${differences.map((d) => `\n        ${d}`).join("")}`,
  );
const equal = results.filter(({ differences }) => differences.length === 0).length;
console.log(`\n${equal} equal, ${results.length - equal} differ`);
process.exit(equal === results.length ? 0 : 1);
