import { parseArgs } from "node:util";
import { isCrossSiteScripting, isSqlInjection } from "@tollgate/pipeline/kit";
import { readmeLines } from "./plain-texts.ts";
import { SCRIPTS } from "./scripts.ts";
import { sqlmapPayloads } from "./sqlmap-payloads.ts";

const SQLMAP = "1.10.10";

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, misses: { type: "boolean", default: false } },
});

/** The texts that a detector inspects are bytes. */
const bytes = (text: string): string => Buffer.from(text).toString("latin1");
const low = (text: string) => isSqlInjection(bytes(text), "LOW");
const high = (text: string) => isSqlInjection(bytes(text), "HIGH");
const script = (text: string) => isCrossSiteScripting(bytes(text));

const [payloads, plain] = [await sqlmapPayloads(SQLMAP), readmeLines()];
const markup = /<[a-z!/?]/i;
const sets = [
  { what: `sqlmap ${SQLMAP}: SQL, LOW`, texts: payloads, finds: low, isAttack: true },
  { what: `sqlmap ${SQLMAP}: SQL, HIGH`, texts: payloads, finds: high, isAttack: true },
  { what: "scripts", texts: SCRIPTS, finds: script, isAttack: true },
  { what: "READMEs: SQL, LOW", texts: plain, finds: low, isAttack: false },
  { what: "READMEs: SQL, HIGH", texts: plain, finds: high, isAttack: false },
  {
    what: "READMEs without markup: scripts",
    texts: plain.filter((text) => !markup.test(text)),
    finds: script,
    isAttack: false,
  },
];
const figures = sets.map(({ what, texts, finds, isAttack }) => {
  const found = texts.filter(finds);
  const wrong = isAttack ? texts.filter((text) => !finds(text)) : found;
  return { what, texts: texts.length, found: found.length, share: found.length / texts.length, wrong };
});
if (values.json) console.log(JSON.stringify(figures.map(({ wrong: _wrong, ...figure }) => figure)));
else
  for (const { what, texts, found, share, wrong } of figures) {
    console.log(
      `${what.padEnd(34)} ${String(found).padStart(6)} of ${texts} (${(100 * share).toFixed(3)} %)`,
    );
    if (values.misses) for (const text of wrong.slice(0, 40)) console.log(`    ${text}`);
  }
