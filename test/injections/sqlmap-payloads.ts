import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pythonSource } from "../kit/python.ts";

/** What sqlmap puts in the place of its markers. */
const MARKERS: Readonly<Record<string, string>> = {
  RANDSTR: "qpvx",
  RANDSTR1: "zzkq",
  SLEEPTIME: "5",
  DELAYED: "5000000",
  DELIMITER_START: "qzvkq",
  DELIMITER_STOP: "qjxbq",
  ORIGVALUE: "1",
  INFERENCE: "2=2",
  GENERIC_SQL_COMMENT: "-- -",
  QUERY: "SELECT user()",
  SPACE_REPLACE: " ",
  HASH_REPLACE: "#",
  AT_REPLACE: "@",
  DOLLAR_REPLACE: "$",
};
const filled = (text: string): string =>
  text.replace(/\[([A-Z_0-9]+)\]/g, (_all, name: string) => MARKERS[name] ?? "7431");

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const plain = (xml: string): string =>
  xml.replace(/&(lt|gt|amp|quot|apos);/g, (_all, name: string) => ENTITIES[name] as string);

const textIn = (xml: string, tag: string): string =>
  plain(new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(xml)?.[1] ?? "");
const all = (xml: string, tag: string): readonly string[] =>
  [...xml.replace(/<!--[^]*?-->/g, "").matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, "g"))].map(
    ([, inner = ""]) => inner,
  );
const listIn = (xml: string, tag: string) => new Set(textIn(xml, tag).split(","));

interface Boundary {
  readonly clause: ReadonlySet<string>;
  readonly where: ReadonlySet<string>;
  readonly prefix: string;
  readonly suffix: string;
}

const FILES = ["boolean_blind", "stacked_queries", "inline_query", "time_blind", "error_based"];
/** sqlmap tries these boundaries without being asked for more. */
const LEVEL_MAX = 3;
const BOUNDARIES_MAX = 6;

const share = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
  [...one].some((item) => other.has(item));

function fits(boundary: Boundary, clause: ReadonlySet<string>, where: ReadonlySet<string>): boolean {
  const isAnywhere = boundary.clause.has("0") || clause.has("0");
  return (isAnywhere || share(boundary.clause, clause)) && share(boundary.where, where);
}

/** sqlmapPayloads are what sqlmap sends to find an injection: each of its tests within its first boundaries. */
export async function sqlmapPayloads(version: string): Promise<readonly string[]> {
  const folder = join(await pythonSource(`sqlmap==${version}`), "sqlmap", "data", "xml");
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const boundaries = all(read("boundaries.xml"), "boundary")
    .filter((xml) => Number(textIn(xml, "level")) <= LEVEL_MAX)
    .map(
      (xml): Boundary => ({
        clause: listIn(xml, "clause"),
        where: listIn(xml, "where"),
        prefix: textIn(xml, "prefix"),
        suffix: textIn(xml, "suffix"),
      }),
    );
  return FILES.flatMap((name) => all(read(join("payloads", `${name}.xml`)), "test")).flatMap((test) => {
    const payload = textIn(test, "payload");
    const comment = textIn(test, "comment");
    const where = listIn(test, "where");
    const value = where.has("3") ? "" : "1";
    return boundaries
      .filter((boundary) => fits(boundary, listIn(test, "clause"), where))
      .slice(0, BOUNDARIES_MAX)
      .map(({ prefix, suffix }) => filled(`${value}${prefix} ${payload}${comment || ` ${suffix}`}`.trim()))
      .filter((text) => text !== "1");
  });
}
