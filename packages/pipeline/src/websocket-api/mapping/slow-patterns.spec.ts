import { describe, expect, it } from "vitest";
import { WebSocketRunner, type World } from "../../kit/index.ts";
import { type BodyWork, performBodyWork } from "../../values/body-work.ts";

const twoWay = {
  routeResponseSelectionExpression: "$default",
  routeResponses: { default: { routeResponseKey: "$default" } },
};
/** To find the states of this pattern takes longer than an event loop waits. Selection expressions have no braces in them. */
const LENGTH = 300;
const SLOW = `[ab]*a${"[ab]".repeat(LENGTH)}`;

let seed = 1;
const letter = () => ((seed = (seed * 48_271) % 2_147_483_647) % 2 === 0 ? "a" : "b");
const texts = Array.from({ length: 20 }, () => Array.from({ length: 1_000 }, letter).join(""));
const matching = texts.filter((text) => text.at(-LENGTH - 1) === "a");
const MESSAGE = JSON.stringify({ list: ["join", ...texts] });
const FILTER = `list[?(@ =~ /${SLOW}/)]`;

const echo = (template: string) => ({
  integrationType: "MOCK",
  templateSelectionExpression: "200",
  requestTemplates: { 200: '{"statusCode":200}' },
  integrationResponses: {
    all: { integrationResponseKey: "$default", responseTemplates: { $default: template } },
  },
});
const http = (more: object) => ({
  integrationType: "HTTP",
  integrationMethod: "POST",
  integrationUri: "http://chat.example/",
  integrationResponses: { all: { integrationResponseKey: "$default" } },
  ...more,
});

/** Whatever works beside the event loop, and how often it was asked to. */
function beside(more: World = {}) {
  const works: BodyWork[] = [];
  const bodyWork = async (work: BodyWork) => {
    works.push(work);
    return performBodyWork(work);
  };
  return { works, world: { ...more, ports: { bodyWork } } };
}

describe("what takes longer than an event loop waits is done beside it:", () => {
  it("the template of a message, with all that it reads of it", async () => {
    const integration = http({
      requestTemplates: {
        $default: `$context.connectionId $context.routeKey $input.path('$.${FILTER}').size()`,
      },
    });
    const { works, world } = beside();
    const { send } = await new WebSocketRunner({ routes: { $default: { integration } } }, world).connect();
    const { sent } = await send(MESSAGE);
    expect(sent[0]?.body).toBe(`L0SM9cOFvHcCIhw= $default ${matching.length}`);
    expect(works).toHaveLength(1);
  });

  it("the template of a response", async () => {
    const integration = http({
      integrationResponses: {
        all: {
          integrationResponseKey: "$default",
          responseTemplates: { $default: `$context.eventType $input.path('$.${FILTER}').size()` },
        },
      },
    });
    const { works, world } = beside({ upstream: () => ({ body: MESSAGE }) });
    const runner = new WebSocketRunner({ routes: { $default: { integration, ...twoWay } } }, world);
    const { body } = await (await runner.connect()).send("x");
    expect(body).toBe(`MESSAGE ${matching.length}`);
    expect(works).toHaveLength(1);
  });

  it.each(["HTTP", "HTTP_PROXY"])("what parameters of %s read of a message", async (integrationType) => {
    const integration = http({
      integrationType,
      requestParameters: {
        "integration.request.header.X-Found": `route.request.body.${FILTER}`,
        "integration.request.header.X-First": "route.request.body.list[0]",
      },
    });
    const { works, world } = beside();
    const { send } = await new WebSocketRunner({ routes: { $default: { integration } } }, world).connect();
    const { sent } = await send(MESSAGE);
    expect(sent[0]?.headers["x-first"]).toBe("join");
    expect(JSON.parse(sent[0]?.headers["x-found"] ?? "")).toEqual(matching);
    expect(works).toHaveLength(1);
  });

  it("the choice of a route, a model and a template", async () => {
    const key = `[${matching[0]}]`;
    const others = texts.filter((text) => !matching.includes(text));
    const message = JSON.stringify({ list: ["join", matching[0], ...others] });
    // The same, but each with an automaton of its own: states that were found once are known.
    const selectBy = (pattern: string) => `\${request.body.list[?(@ =~ /${pattern}/)]}`;
    const { works, world } = beside();
    const runner = new WebSocketRunner(
      {
        routes: {
          $default: { integration: echo("other"), ...twoWay },
          [key]: {
            integration: {
              ...http({ requestTemplates: { [key]: "the right template" } }),
              templateSelectionExpression: selectBy(`${SLOW}|x`),
            },
            ...twoWay,
            modelSelectionExpression: selectBy(`${SLOW}|y`),
            requestModels: { [key]: "Note" },
          },
        },
        api: {
          routeSelectionExpression: selectBy(`${SLOW}|z`),
          models: { Note: { schema: '{"type":"object"}' } },
        },
      },
      world,
    );
    const { sent, call } = await (await runner.connect()).send(message);
    expect(call.route?.resourcePath).toBe(key);
    expect(sent[0]?.body).toBe("the right template");
    expect(works).toHaveLength(3);
  });
});
