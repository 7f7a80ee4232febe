import { expect, it } from "vitest";
import { readAccess } from "./access-settings.ts";

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
