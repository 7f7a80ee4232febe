import { expect, it } from "vitest";
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
