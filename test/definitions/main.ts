import { checkDefinition } from "./check.ts";
import { DIRECTORY, definitionsOf, PACKAGES } from "./packages.ts";

// npm run definitions: imports every public definition of the packages; says what went wrong with which.
let definitions = 0;
let operations = 0;
let wrong = 0;
let slowest = { ms: 0, name: "" };
for (const name of [...PACKAGES.map((one) => one.name), DIRECTORY])
  for await (const file of definitionsOf(name)) {
    const checked = await checkDefinition(file.text);
    definitions++;
    operations += checked.operations;
    if (checked.wrong.length > 0) wrong++;
    for (const what of checked.wrong.slice(0, 3)) console.log(`${file.name}: ${what}`);
    if (checked.ms > slowest.ms) slowest = { ms: checked.ms, name: file.name };
  }
console.log(
  `${definitions} definitions with ${operations} operations: ${wrong} with problems; the slowest took ${Math.round(slowest.ms)} ms (${slowest.name})`,
);
process.exit(wrong === 0 ? 0 : 1);
