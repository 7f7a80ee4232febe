import type { Fact } from "@tollgate/config";
import { facts as ofLint } from "../../packages/cli/src/lint/facts.ts";
import { facts as ofConfig } from "../../packages/config/src/facts.ts";
import { facts as ofControlPlane } from "../../packages/control-plane/src/facts.ts";
import { facts as ofPipeline } from "../../packages/pipeline/src/engine/facts.ts";

type Catalogue = Readonly<Record<string, (params: never) => Fact>>;

/** Parameters that stand for themselves: {id} for id. */
const placeholders = new Proxy({}, { get: (_, name) => `{${String(name)}}` }) as never;

/** The codes of a catalogue with their sentences. */
export const sentencesOf = (catalogue: Catalogue): readonly (readonly [code: string, sentence: string])[] =>
  Object.entries(catalogue).map(([code, make]) => [code, make(placeholders).message]);

const CATALOGUES: readonly (readonly [title: string, what: string, catalogue: Catalogue])[] = [
  ["Entities", "What is wrong with an entity by itself, or with what it refers to.", ofConfig],
  ["Compiling", "What keeps a method, a route or an authorizer from being compiled.", ofPipeline],
  ["Changes", "What keeps a change of an account from being stored.", ofControlPlane],
  ["`tollgate lint`", "What is found in files without asking the control plane.", ofLint],
];

const cell = (text: string) => text.replaceAll("|", "\\|");

/** renderProblems is the page of all problems. */
export function renderProblems(): string {
  const sections = CATALOGUES.map(([title, what, catalogue]) =>
    [
      `## ${title}`,
      what,
      [
        "| code | message |",
        "|---|---|",
        ...sentencesOf(catalogue).map(([code, sentence]) => `| \`${code}\` | ${cell(sentence)} |`),
      ].join("\n"),
    ].join("\n\n"),
  );
  return `${[
    "# Problems",
    "What is refused comes with a list of problems. Each has a `path` (the entity and the member), a `code`, `params` (what the message names) and a `message`. Programs decide by the code and the parameters; messages may be reworded. A member that does not fit its schema has a code such as `TYPE_WRONG`, `TOO_SMALL`, `TOO_LARGE`, `FORMAT_WRONG`, `VALUE_NOT_ALLOWED` or `MEMBER_UNKNOWN`. To AWS's clients a problem is reported in AWS's words where these are known; what they do not say (the place, and what would be right) is the member `hint` of the error's body.",
    "Names in braces are parameters. This page is made from the catalogues in the code by `test/behaviour/problems.spec.ts`.",
    ...sections,
  ].join("\n\n")}\n`;
}

export const catalogues = CATALOGUES;
