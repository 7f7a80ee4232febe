import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const WORKER = new URL("../../packages/data-plane/src/worker/main.ts", import.meta.url);
const MODULE = /\sfrom "([^"]+)";/g;
/** Whoever calls a method of these has no object, through which V8 would make the prototype fast again. */
const PRIMITIVES = ["String", "Number", "Boolean", "BigInt", "Symbol"];

it("nothing that a worker loads makes V8 look up the methods of strings and numbers in a dictionary", () => {
  const modules = [...readFileSync(WORKER, "utf8").matchAll(MODULE)].map(([, specifier = ""]) =>
    import.meta.resolve(specifier.startsWith(".") ? new URL(specifier, WORKER).href : specifier),
  );
  expect(modules.length).toBeGreaterThan(10);
  const script = `
    const isFast = (name) => %HasFastProperties(globalThis[name].prototype);
    const slow = [];
    for (const module of ${JSON.stringify(modules)}) {
      await import(module);
      slow.push(...${JSON.stringify(PRIMITIVES)}.filter((name) => !isFast(name)).map((name) => name + " by " + module));
    }
    console.log(JSON.stringify(slow));
    process.exit();`;
  const shown = execFileSync(
    process.execPath,
    ["--allow-natives-syntax", "--input-type=module", "--eval", script],
    { encoding: "utf8", cwd: fileURLToPath(new URL(".", WORKER)) },
  );
  expect(JSON.parse(shown)).toEqual([]);
});
