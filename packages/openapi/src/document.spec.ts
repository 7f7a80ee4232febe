import { describe, expect, it } from "vitest";
import { importOpenApi } from "./index.ts";

const LEVELS = 20_000;
const bomb = Array.from({ length: 12 }, (_, i) =>
  i === 0 ? "a0: &a0 [x, x]" : `a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(", ")}]`,
).join("\n");

describe("a string that is not a definition is refused, soon and with the line", () => {
  it.each([
    { title: "empty", text: "", message: /must be an object with 'openapi'/ },
    { title: "a list", text: "[1]", message: /must be an object with 'openapi'/ },
    { title: "JSON that ends too early", text: '{\n"openapi": "3.0.1",\n"paths": {', message: /line 3/ },
    {
      title: "JSON with a mistake",
      text: '{\n"openapi": "3.0.1"\n"paths": {}}',
      message: /^Expected .* at line 3, column 1$/,
    },
    {
      title: "JSON that repeats a member",
      text: '{\n"paths": {"/a": {"get": {},\n"get": {}}}}',
      message: "'get' appears twice, again at line 3",
    },
    { title: "JSON with text after it", text: '{"openapi": "3.0.1"}\n}', message: /line 2/ },
    { title: "YAML that ends too early", text: "openapi: 3.0.1\npaths: {", message: /line 2/ },
    {
      title: "YAML that repeats a member",
      text: "paths:\n  /a:\n    get: {}\n    get: {}\n",
      message: /unique at line 4/,
    },
    { title: "YAML with tabs", text: "paths:\n\t/a: {}\n", message: /line 2/ },
    { title: "YAML with an alias to nothing", text: "openapi: *a\n", message: /alias/ },
    { title: "a bomb of aliases", text: bomb, message: /alias/ },
    {
      title: "an alias that holds itself",
      text: "openapi: 3.0.1\npaths: &a\n  /a: *a\n",
      message: /nested more than 500 levels/,
    },
    { title: "deep JSON", text: `{"a":${"[".repeat(LEVELS)}${"]".repeat(LEVELS)}}`, message: /nested/ },
    { title: "deep YAML", text: `a: ${"[".repeat(LEVELS)}${"]".repeat(LEVELS)}`, message: /nested/ },
    {
      title: "50 MB",
      text: `{"a":"${"a".repeat(50_000_000)}"}`,
      message: /has 50000008 bytes; the limit is 6291456/,
    },
  ])("$title", ({ text, message }) => {
    const before = process.threadCpuUsage();
    expect(() => importOpenApi(text, { apiId: "abcdefghij" })).toThrow(message);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(2000);
  });

  it("findings have the line of their member, or of its nearest existing parent, in JSON and YAML", () => {
    const json = '{\n"openapi": "3.0.1",\n"paths": {\n"/a b": {},\n"/c": 1\n}\n}';
    const yaml =
      "openapi: 3.0.1\npaths:\n  /c:\n    post:\n      parameters:\n        - name: a\n        - $ref: '#/x'\n";
    const lines = (text: string) =>
      importOpenApi(text, { apiId: "abcdefghij" }).findings.map(({ line, pointer }) => `${line} ${pointer}`);
    expect(lines(json)).toEqual(["4 /paths/~1a b", "5 /paths/~1c"]);
    expect(lines(yaml)).toContain("7 /paths/~1c/post/parameters/1");
  });
});
