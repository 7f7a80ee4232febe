import { describe, expect, it } from "vitest";
import { parseSettings } from "@tollgate/telemetry";
import { parseRedisUrl } from "./address.ts";
import { readRedisSettings } from "./settings.ts";

const plain = {
  form: "single",
  places: [{ host: "a", port: 6379 }],
  tls: false,
  username: undefined,
  password: undefined,
  database: 0,
  masterName: "",
};
const [A, B] = [
  { host: "a", port: 1 },
  { host: "b", port: 26_379 },
];

describe("the URL of a Redis", () => {
  it.each([
    ["redis://a", plain],
    ["redis://a:7000/3", { ...plain, places: [{ host: "a", port: 7000 }], database: 3 }],
    ["rediss://:p%40ss@a", { ...plain, tls: true, password: "p@ss" }],
    ["redis://user:pass@a/", { ...plain, username: "user", password: "pass" }],
    ["redis://[::1]:7000", { ...plain, places: [{ host: "::1", port: 7000 }] }],
    [
      "rediss+cluster://u:p@a:1,b:26379",
      { ...plain, form: "cluster", tls: true, username: "u", password: "p", places: [A, B] },
    ],
    [
      "redis+sentinel://a:1,b/mymaster/2",
      { ...plain, form: "sentinel", places: [A, B], masterName: "mymaster", database: 2 },
    ],
  ])("%s is read", (url, address) => {
    expect(parseRedisUrl(url)).toEqual(address);
  });

  it.each([
    ["a:6379", /must be redis:/],
    ["http://a", /must be redis:/],
    ["redis://a:0", /host or port/],
    ["redis://a:99999", /host or port/],
    ["redis://a b", /host or port/],
    ["redis://a/x", /number of a database/],
    ["redis://a/1/2", /number of a database/],
    ["redis://a,b", /several servers/],
    ["redis+sentinel://a", /the name by which/],
    ["redis+cluster://a/1", /a cluster has only one/],
  ])("%s is refused", (url, problem) => {
    expect(parseRedisUrl(url)).toMatch(problem);
  });

  it("is not in the problem, because it may have a password", () => {
    expect(parseRedisUrl("redis://user:secret@a,b")).not.toContain("secret");
  });
});

describe("the settings of a Redis", () => {
  const read = (env: Record<string, string>) =>
    parseSettings(env, (value) => {
      const { redis, problems } = readRedisSettings(value);
      return { value: redis, problems };
    });

  it("are none without TOLLGATE_REDIS", () => {
    expect(read({})).toBeUndefined();
  });

  it("take a login that is set apart before that of the URL", () => {
    const env = { TOLLGATE_REDIS: "redis://u:p@a", TOLLGATE_REDIS_PASSWORD: "other" };
    const { username, password } = read(env)?.login ?? {};
    expect([username, password?.current()]).toEqual(["u", "other"]);
  });

  it("report all that is wrong together", () => {
    const env = {
      TOLLGATE_REDIS: "a:6379",
      TOLLGATE_REDIS_CA: "/does/not/exist.pem",
      TOLLGATE_REDIS_PREFIX: "a b",
      TOLLGATE_REDIS_TIMEOUT_MS: "1",
    };
    expect(() => read(env)).toThrow(
      /TOLLGATE_REDIS must[\s\S]*TOLLGATE_REDIS_CA cannot[\s\S]*PREFIX must[\s\S]*TIMEOUT_MS '1' must/,
    );
  });
});
