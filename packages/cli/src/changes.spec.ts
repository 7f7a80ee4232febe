import { afterEach, expect, it, vi } from "vitest";
import { Change_Action as Action } from "@tollgate/proto/control";
import { printChanges } from "./changes.ts";

afterEach(() => vi.restoreAllMocks());

const resource = (action: Action, requestTemplates: object) => ({
  action,
  beforeJson: "",
  entity: {
    kind: "Resource",
    apiId: "abcdefghij",
    id: "r1",
    specJson: JSON.stringify({
      path: "/",
      methods: {
        GET: {
          integration: { type: "MOCK", requestTemplates, requestParameters: {}, integrationResponses: {} },
        },
      },
    }),
  },
});

it.each([
  [
    "that does not compile is named, with its place",
    Action.CREATED,
    "{\n#if(",
    /^warning: Resource\/r1\.methods\.GET\.integration\.requestTemplates\.application\/json: line 2, .*calls get 500/,
  ],
  ["that compiles is not", Action.CREATED, "{}", undefined],
  ["that is deleted is not", Action.DELETED, "#if(", undefined],
])("a template %s", (_what, action, template, warning) => {
  const said: string[] = [];
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
  const changes = [resource(action, { "application/json": template })];
  printChanges({ changes } as unknown as Parameters<typeof printChanges>[0], "table", true);
  expect(said).toEqual(warning ? [expect.stringMatching(warning)] : []);
});
