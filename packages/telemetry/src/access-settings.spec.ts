import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readAccess, readServerTls } from "./access-settings.ts";

const problemsAt = (host: string) =>
  readAccess((name, kind) => kind(name === "TOLLGATE_AUTH" ? "none" : undefined).value, host).problems.map(
    ({ name }) => name,
  );

it.each(["127.0.0.1", "127.8.9.10", "localhost", "::1", "[::1]"])("%s is loopback", (host) => {
  expect(problemsAt(host)).toEqual([]);
});

it.each(["127.evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "0.0.0.0", "[::1", "::"])(
  "%s is not loopback: callers must be authenticated",
  (host) => {
    expect(problemsAt(host)).toEqual(["TOLLGATE_AUTH"]);
  },
);

it.each<[string, Record<string, string>, RegExp | undefined]>([
  ["nothing is plaintext", {}, undefined],
  ["half of it", { HTTP_TLS_CERT: "a.pem" }, /HTTP_TLS_KEY is not set/],
  [
    "a file that cannot be read",
    { HTTP_TLS_CERT: "/does/not/exist.pem", HTTP_TLS_KEY: "b.pem" },
    /HTTP_TLS_CERT '\/does\/not\/exist\.pem' .* cannot be used: ENOENT/,
  ],
])("the certificate of an HTTP port: %s", (_what, env, problem) => {
  const { tls, problems } = readServerTls((name, kind) => kind(env[name]).value, "HTTP_TLS");
  expect(tls).toBeUndefined();
  if (problem) expect(problems.map(({ name, message }) => `${name} ${message}`).join()).toMatch(problem);
  else expect(problems).toEqual([]);
});

it("while a token is replaced, the first of its file is sent and all are accepted, as they are now", () => {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-access-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "token");
  const write = (text: string) => writeFileSync(file, text);
  write("old-token\n");
  const env: Record<string, string> = { TOLLGATE_TOKEN_FILE: file };
  const { token, tokens, problems } = readAccess((name, kind) => kind(env[name]).value, "127.0.0.1");
  const state = () => [token?.(), tokens?.().map((one) => `${one.token} ${one.roles.join()}`)];
  expect(problems).toEqual([]);
  expect(state()).toEqual(["old-token", ["old-token admin,node"]]);
  write("old-token\nnew-token\n");
  expect(state()).toEqual(["old-token", ["old-token admin,node", "new-token admin,node"]]);
  expect(tokens?.()).toBe(tokens?.());
  write("new-token\r\nold-token\r\n");
  expect(state()).toEqual(["new-token", ["new-token admin,node", "old-token admin,node"]]);
  write("new-token\n\nhalf of");
  expect(state()[0]).toBe("new-token");
  write("new-token");
  expect(state()).toEqual(["new-token", ["new-token admin,node"]]);
});
