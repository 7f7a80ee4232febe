import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ModelRegistry } from "@tollgate/pipeline";
import { pythonSource } from "../../kit/python.ts";
import type { Suite, SuiteOutcome } from "./suite.ts";

/** Its source has JSON Schema's own test suite. */
const SOURCE = "jsonschema==4.26.0";
/** Where the suite expects its remote schemas. */
const REMOTE = "http://localhost:1234/";

interface Group {
  readonly description: string;
  readonly schema: object;
  readonly tests: readonly {
    readonly description: string;
    readonly data: unknown;
    readonly valid: boolean;
  }[];
}

const read = <T>(file: string): T => JSON.parse(readFileSync(file, "utf8")) as T;

/** The files of a folder and its folders, as paths below it. */
const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".json"));

/** API Gateway fetches nothing: what a schema refers to is a model of the same API, by the id that it has. */
const remoteModels = (folder: string): readonly object[] =>
  filesOf(folder)
    .filter((file) => !/^(draft(?!4)|v\d)/.test(file))
    .map((file) => ({ ...read<object>(join(folder, file)), id: REMOTE + file }));

function differenceOf(
  schema: object,
  data: unknown,
  isValid: boolean,
  remotes: readonly object[],
): string | undefined {
  const models = [schema, ...remotes].map((model, i) => {
    const name = i === 0 ? "Tested" : `Remote${i}`;
    return [name, { name, contentType: "application/json", schema: JSON.stringify(model) }] as const;
  });
  const compiled = new ModelRegistry("api", new Map(models)).compile("Tested");
  if (!compiled.ok) return compiled.fact.message;
  const error = compiled.check(JSON.stringify(data));
  if ((error === undefined) === isValid) return undefined;
  return error ?? "it is taken";
}

/** The cases of draft 4, the draft of API Gateway's models. */
export const jsonSchema: Suite = {
  name: "JSON Schema draft 4",
  async run() {
    const source = join(await pythonSource(SOURCE), "json");
    const remotes = remoteModels(join(source, "remotes"));
    const folder = join(source, "tests", "draft4");
    const outcomes: SuiteOutcome[] = [];
    for (const file of filesOf(folder))
      for (const { description, schema, tests } of read<Group[]>(join(folder, file)))
        for (const { description: what, data, valid } of tests)
          outcomes.push({
            part: file.startsWith("optional") ? "optional" : "core",
            title: `${file}: ${description}: ${what}`,
            difference: differenceOf(schema, data, valid, /refRemote/.test(file) ? remotes : []),
          });
    return outcomes;
  },
  explained: [
    {
      why: "\\p{...} is no part of the patterns of draft 4's time (ECMA 262, edition 5), where it means the letter p; a model with it is refused when it is deployed",
      fits: (title) => /ecmascript-regex.*(unicode semantics|non-ASCII digits)/.test(title),
    },
    {
      why: "1.0 is the integer 1, as in all later drafts: JSON's numbers have no other difference",
      fits: (title) => title.includes("zeroTerminatedFloats"),
    },
    {
      why: "multiples of numbers near the largest double are computed as doubles",
      fits: (title) => title.includes("float-overflow"),
    },
  ],
};
