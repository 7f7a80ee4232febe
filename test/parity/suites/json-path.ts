import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compareWithJava } from "../../differential/engines.ts";
import { publicRepository } from "../../kit/repository.ts";
import type { Suite } from "./suite.ts";

const CHECKOUT = {
  name: "cburgmer/json-path-comparison",
  commit: "4e4b87a34922148de004e338540f6c1688efabd7",
  paths: ["queries"],
};

/** Queries of a comparison of all implementations, against Jayway's, which AWS uses. */
export const jsonPath: Suite = {
  name: "JSONPath (comparison of implementations)",
  async run() {
    const folder = join(await publicRepository(CHECKOUT), "queries");
    const cases = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort()
      .map((title) => ({
        title,
        path: readFileSync(join(folder, title, "selector"), "utf8").replace(/\n$/, ""),
        body: readFileSync(join(folder, title, "document.json"), "utf8"),
      }));
    const compared = await compareWithJava(cases);
    return compared.map(({ given, java, ours, isEqual, reason }) => ({
      part: "all",
      title: `${given.title}: ${given.path}`,
      difference: isEqual
        ? undefined
        : `${ours.out ?? ours.error}, by Jayway ${java.out ?? java.error}, of ${given.body.trim()}`,
      intended: reason,
    }));
  },
  explained: [
    {
      why: "Jayway takes / in a filter for the beginning of a pattern",
      fits: (title) => title.startsWith("filter_expression_with_division:"),
    },
    {
      why: "Jayway finds nothing where a path ends in ^, which ours cannot read",
      fits: (title) => title.startsWith("filter_expression_with_parent_axis_operator:"),
    },
  ],
};
