import { describe, expect, it } from "vitest";
import { type BodyWork, performBodyWork } from "@tollgate/pipeline";
import { JobThrew } from "@tollgate/telemetry";
import { BodyProcesses } from "./body-processes.ts";

const SCHEMA = JSON.stringify({ type: "array", items: { type: "object", required: ["id"] } });
const facts = {
  parameters: { path: new Map([["id", "7"]]), querystring: new Map(), header: new Map() },
  context: new Map([
    ["stage", "prod"],
    ["authorizer.claims.sub", "s"],
  ]),
  requestTimeEpoch: 5,
  authorizerNames: ["claims"],
  claims: ["sub"],
  stageVariables: { v: "1" },
  overrides: {
    request: { kind: "map", silent: true, entries: [["mine", "kept"]] },
    response: {
      kind: "map",
      silent: true,
      entries: [["header", { kind: "map", silent: true, entries: [] }]],
    },
  },
} as const;
const WORK: BodyWork = {
  text: '[{"id":1.50},{"name":"x"}]',
  expressions: ["method.request.body[0].id", "method.request.body[1]", "method.request.body.none"],
  template: {
    text: "#set($context.responseOverride.header.X = $input.path('$')[1])#set($context.responseOverride.n = 1.5)$input.path('$[0].id') $context.stage $context.authorizer.claims.sub $context.requestTimeEpoch $stageVariables.v $input.params('id') $context.requestOverride.mine",
    call: facts,
  },
  model: {
    name: "M",
    apiId: "api",
    key: "spec",
    models: new Map([["M", { contentType: "application/json", schema: SCHEMA }]]),
  },
};

describe("work on large bodies", () => {
  // Starting one costs more than the work of these tests.
  const processes = new BodyProcesses({ processesMax: 1, waitingMax: 1 });

  it("is the same in a process as on the event loop", async () => {
    const result = await processes.perform(WORK);
    expect(result).toEqual(performBodyWork(WORK));
    expect(result.rendered).toBe("1.5 prod s 5 1 7 kept");
    expect([...result.members]).toEqual([
      ["method.request.body[0].id", "1.5"],
      ["method.request.body[1]", '{"name":"x"}'],
    ]);
    expect(result.validationError).toContain('object has missing required properties (["id"])');
    expect(result.overrides?.response).toEqual({
      kind: "map",
      silent: true,
      entries: [
        [
          "header",
          {
            kind: "map",
            silent: true,
            entries: [["X", { kind: "map", silent: false, entries: [["name", "x"]] }]],
          },
        ],
        ["n", { kind: "double", value: 1.5, exact: undefined }],
      ],
    });
  });

  it("reports what cannot be parsed or rendered", async () => {
    const broken = await processes.perform({ text: "{", expressions: ["method.request.body.a"] });
    expect([...broken.failures]).toEqual([
      [
        "method.request.body.a",
        { isInvalidJson: true, message: "the body begins like JSON but is not valid JSON" },
      ],
    ]);
    const deep = await processes.perform({
      text: `[${"{},".repeat(1_000_000)}{}]`,
      expressions: ["method.request.body..x"],
    });
    expect(deep.failures.get("method.request.body..x")?.message).toMatch(/visited more than 1000000 values/);
    const failed = await processes.perform({
      text: "{}",
      template: { text: "#foreach($i in [1..1000])#foreach($j in [1..1000])x$i$j#end#end", call: facts },
    });
    expect(failed.renderError).toMatch(/took more than|wrote more/);
  });

  it("fails as a defect, which the log of the API does not show, where it throws", async () => {
    const broken = {
      text: "{}",
      template: { text: "$context.stage", call: undefined },
    } as unknown as BodyWork;
    await expect(processes.perform(broken)).rejects.toThrow(JobThrew);
  });

  it("keeps the event loop free while a hostile body is parsed", async () => {
    const text = `[${"{},".repeat(3_000_000)}{}]`;
    // Only CPU time of this thread counts: other load of the machine must not fail the test.
    const cpuMs = () => {
      const { user, system } = process.threadCpuUsage();
      return (user + system) / 1000;
    };
    let longestMs = 0;
    let lastMs = cpuMs();
    const beat = setInterval(() => {
      const nowMs = cpuMs();
      longestMs = Math.max(longestMs, nowMs - lastMs);
      lastMs = nowMs;
    }, 1);
    await processes.perform({ text: "[]", expressions: [] });
    longestMs = 0;
    const { members } = await processes.perform({ text, expressions: ["method.request.body[1000000]"] });
    clearInterval(beat);
    expect(members.get("method.request.body[1000000]")).toBe("{}");
    // On this thread the body takes longer than that, on whatever machine; a collection of garbage may take some.
    lastMs = cpuMs();
    JSON.parse(text);
    expect(longestMs).toBeLessThan(0.75 * (cpuMs() - lastMs));
  });

  const large = `[${"{},".repeat(1_000_000)}{}]`;
  it.each([
    {
      what: "memory",
      options: { heapMaxMb: 64 },
      message: "it needed more than 64 MB of memory",
      work: { text: large, expressions: ["method.request.body[0]"] },
    },
    {
      what: "time",
      options: { timeoutMs: 2_000 },
      message: "it took more than 2000 ms",
      work: {
        text: `[${"{},".repeat(300_000)}{}]`,
        expressions: Array.from({ length: 20_000 }, (_, i) => `method.request.body..x${i}`),
      },
    },
  ])(
    // That the next one succeeds, the specs of the pool show.
    "is refused if it needs too much $what",
    async ({ options, work, message }) => {
      const limited = new BodyProcesses({ processesMax: 1, ...options });
      await expect(limited.perform(work)).rejects.toThrow(`a large body could not be parsed: ${message}`);
    },
  );

  it("does not wait without a limit", async () => {
    const text = `[${"{},".repeat(100_000)}{}]`;
    const first = processes.perform({ text, expressions: ["method.request.body[0]"] });
    const second = processes.perform({ text: "[]" });
    await expect(processes.perform({ text: "[]" })).rejects.toThrow("too many large bodies are waiting");
    await Promise.all([first, second]);
  });
});
