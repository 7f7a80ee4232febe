import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { readAccess } from "./access-settings.ts";
import { readSecret } from "./secret-setting.ts";

const folder = mkdtempSync(join(tmpdir(), "tollgate-secrets-"));
const file = join(folder, "secret");
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => writeFileSync(file, "first\n"));

const readOf =
  (env: Record<string, string>) =>
  <T>(name: string, kind: (raw: string | undefined) => { readonly value: T }): T =>
    kind(env[name]).value;
const read = (env: Record<string, string>) =>
  readSecret(readOf(env), "PASSWORD", (text) => (text.includes(" ") ? "it has a space" : undefined));

describe("a secret", () => {
  it("is what its setting says, or what is in the file, without the line feed at its end", () => {
    expect(read({}).secret).toBeUndefined();
    expect(read({ PASSWORD: "given" }).secret?.current()).toBe("given");
    expect(read({ PASSWORD_FILE: file }).secret?.current()).toBe("first");
  });

  it.each<[string, () => void, string]>([
    ["was written to", () => writeFileSync(file, "second"), "second"],
    [
      "was replaced, as Kubernetes and renewers do",
      () => {
        writeFileSync(`${file}.new`, "second\n");
        renameSync(`${file}.new`, file);
      },
      "second",
    ],
    ["is gone", () => rmSync(file), "first"],
    ["is empty, because it is being written", () => writeFileSync(file, ""), "first"],
    ["has something that cannot be used", () => writeFileSync(file, "a b"), "first"],
  ])("of a file that %s is read at once, or kept", (_what, change, expected) => {
    const { secret } = read({ PASSWORD_FILE: file });
    change();
    expect(secret?.current()).toBe(expected);
    writeFileSync(file, "third, after a while".replaceAll(" ", "-"));
    expect(secret?.current()).toBe("third,-after-a-while");
  });

  it("of a file that cannot be used for long is reported once, and not shown", () => {
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue(undefined);
    vi.useFakeTimers({ toFake: ["performance"] });
    try {
      const { secret } = read({ PASSWORD_FILE: file });
      const readFor = (text: string, ms: number) => {
        writeFileSync(file, text);
        secret?.current();
        vi.advanceTimersByTime(ms);
        return secret?.current();
      };
      expect(readFor("a wrong one", 1_000)).toBe("first");
      expect(readFor("second", 5_000)).toBe("second");
      expect(warn).not.toHaveBeenCalled();
      expect(readFor("another wrong one", 2_000)).toBe("second");
      expect(readFor("another wrong one", 2_000)).toBe("second");
      expect(warn.mock.calls).toEqual([
        [`'${file}' cannot be used, what was in it before still is: it has a space`],
      ]);
    } finally {
      vi.useRealTimers();
      warn.mockRestore();
    }
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ PASSWORD: "a", PASSWORD_FILE: "b" }, /^PASSWORD_FILE is set, but PASSWORD is, too: set one of them$/],
    [{ PASSWORD_FILE: "/does/not/exist" }, /^PASSWORD_FILE '\/does\/not\/exist' cannot be used: ENOENT/],
    [{ PASSWORD_FILE: folder }, /^PASSWORD_FILE '.*' cannot be used: EISDIR/],
    [{ PASSWORD: "with space" }, /^PASSWORD it has a space$/],
  ])("%j is refused when a process starts", (env, message) => {
    expect(read(env).problems.map(({ name, message: text }) => `${name} ${text}`)).toEqual([
      expect.stringMatching(message),
    ]);
  });
});

describe("tokens in files", () => {
  const access = (env: Record<string, string>) => readAccess(readOf(env), "127.0.0.1");

  it("are those of the files as they are now", () => {
    const tokens = join(folder, "tokens");
    writeFileSync(tokens, "viewer/ada:0123456789abcdef\n");
    const {
      tokens: current,
      token,
      problems,
    } = access({
      TOLLGATE_TOKEN_FILE: file,
      TOLLGATE_TOKENS_FILE: tokens,
    });
    expect(problems).toEqual([]);
    const shown = () => current?.().map(({ name, token: text, roles }) => `${name} ${text} ${roles.join()}`);
    expect(shown()).toEqual(["operator first admin,node", "ada 0123456789abcdef viewer"]);
    expect(current?.()).toBe(current?.());
    writeFileSync(file, "the second\n".replace(" ", "-"));
    writeFileSync(tokens, "viewer/ada:0123456789abcdef\nnode:fedcba9876543210\n");
    expect(token?.()).toBe("the-second");
    expect(shown()).toEqual([
      "operator the-second admin,node",
      "ada 0123456789abcdef viewer",
      "node fedcba9876543210 node",
    ]);
    writeFileSync(tokens, "nobody:0123456789abcdef-of-a-wrong-role\n");
    expect(shown()).toHaveLength(3);
  });

  it("that cannot be used are refused when a process starts, without showing them", () => {
    writeFileSync(file, "viewer:0123456789abcdef\nsecret-without-a-role\n");
    const [problem] = access({ TOLLGATE_TOKENS_FILE: file }).problems;
    expect(problem?.message).toMatch(/cannot be used: entry 2 must be \{role\}/);
    expect(problem?.message).not.toContain("secret-without");
  });
});
