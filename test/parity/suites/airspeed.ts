import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { callOf, restRoute } from "@tollgate/pipeline/kit";
import { run } from "../../kit/cache.ts";
import { pythonSource } from "../../kit/python.ts";
import type { Suite } from "./suite.ts";

/** Its source has templates with what AWS rendered of them (2023). */
const SOURCE = "airspeed-ext==0.6.9";
const CASES = fileURLToPath(new URL("airspeed-cases.py", import.meta.url));

interface Case {
  readonly title: string;
  readonly template: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly ignoresBlanks: boolean;
  /** What was JSON is recorded as its value. */
  readonly rendered: unknown;
}

/** The request template hands the body on to the response template, as it was when AWS was recorded. */
const REQUEST = `
#set($context.requestOverride.path.body = $input.body)
{
  "statusCode": 200,
}
`;
const responseTemplate = ({ template, variables }: Case): string => {
  const defined = Object.keys(variables).map((name) => `#set($${name} = $bodyJSON.${name})`);
  return [
    "#set($body = $context.requestOverride.path.body)",
    `#set($bodyJSON = $util.parseJson($body)) ${defined.join(" ")}`,
    template,
  ].join("\n");
};

async function render(given: Case): Promise<string> {
  const integration = {
    type: "MOCK",
    requestTemplates: { "application/json": REQUEST },
    integrationResponses: { "200": { responseTemplates: { "application/json": responseTemplate(given) } } },
  };
  const { status, body } = await callOf(restRoute("POST /", { integration }), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(given.variables),
  });
  if (status !== 200) return `${status} ${body}`;
  return given.ignoresBlanks ? body.trim().replace(/\s+/g, " ") : body;
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

async function differenceOf(given: Case): Promise<string | undefined> {
  const rendered = await render(given).catch((error: unknown) => String(error));
  const value = typeof given.rendered === "string" ? rendered : parsed(rendered);
  if (isDeepStrictEqual(value, given.rendered)) return undefined;
  return `${JSON.stringify(rendered)}, on AWS ${JSON.stringify(given.rendered)}, of ${JSON.stringify(given.template)}`;
}

/** Templates that were recorded on AWS. */
export const airspeed: Suite = {
  name: "Templates recorded on AWS (airspeed)",
  async run() {
    const source = await pythonSource(SOURCE);
    const { stdout } = await run("python3", [CASES, source], { maxBuffer: 64 << 20 });
    const cases = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Case);
    return Promise.all(
      cases.map(async (given) => ({
        part: "all",
        title: given.title,
        difference: await differenceOf(given),
      })),
    );
  },
  explained: [],
};
