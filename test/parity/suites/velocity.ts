import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compareWithJava } from "../../differential/engines.ts";
import { publicRepository } from "../../kit/repository.ts";
import type { Suite } from "./suite.ts";

const CHECKOUT = {
  name: "apache/velocity-engine",
  commit: "489e9d6626a7c7abb9d0d9b87619b2e132cd5111",
  paths: ["velocity-engine-core/src/test/resources"],
};
const FOLDERS = ["templates", "set", "stop", "evaluate", "methodoverloading"];

/** Templates of Velocity's own tests, without the Java objects that some expect, against Apache Velocity 1.7. */
export const velocity: Suite = {
  name: "Templates of Velocity's own tests",
  async run() {
    const resources = join(await publicRepository(CHECKOUT), ...CHECKOUT.paths);
    const cases = FOLDERS.flatMap((folder) =>
      readdirSync(join(resources, folder))
        .filter((file) => file.endsWith(".vm"))
        .sort()
        .map((file) => ({
          title: `${folder}/${file}`,
          template: readFileSync(join(resources, folder, file), "utf8"),
        })),
    );
    const compared = await compareWithJava(cases);
    return compared.map(({ given, java, ours, isEqual, reason }) => ({
      part: "all",
      title: given.title,
      difference: isEqual
        ? undefined
        : differenceOf(ours.out ?? `${ours.error}`, java.out ?? `${java.error}`),
      intended: reason,
    }));
  },
  explained: [
    {
      why: "#evaluate is not available, nor are iterators and other classes of Java",
      fits: (title) => /^evaluate\/|foreach-introspect/.test(title),
    },
    {
      why: "a range has 100,000 numbers at most",
      fits: (title) => title.endsWith("range.vm"),
    },
    {
      why: "Velocity prints a ## comment that stands right behind a property",
      fits: (title) => title.endsWith("/comment.vm"),
    },
    {
      why: "Velocity calls a macro that is defined behind an escaped call of it; here its name is printed",
      fits: (title) => title.endsWith("/velocimacro.vm"),
    },
  ],
};

const CONTEXT_CHARS = 30;
const SHOWN_CHARS = 80;

/** Where two texts begin to differ. */
function differenceOf(ours: string, theirs: string): string {
  let at = 0;
  while (at < ours.length && ours[at] === theirs[at]) at++;
  const from = Math.max(0, at - CONTEXT_CHARS);
  const shown = (text: string) => JSON.stringify(text.slice(from, at + SHOWN_CHARS));
  return `${shown(ours)}, by Velocity ${shown(theirs)}`;
}
