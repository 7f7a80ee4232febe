import { expect, it } from "vitest";
import { UsageSink } from "./usage-sink.ts";

const stripe = { secret: "sk_test_0123456789" };
const meters = [{ meter: "rest.request", name: "calls" }];

const problemsOf = (spec: object): readonly string[] =>
  UsageSink.spec.safeParse(spec).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ??
  [];

it.each([
  [{ stripe, meters }],
  [{ stripe: {}, meters, customerTag: "stripe" }],
  [
    {
      openMeter: { url: "http://127.0.0.1:8888" },
      meters: [...meters, { meter: "custom.tokens", name: "tokens" }],
    },
  ],
])("%j is a sink", (spec) => expect(problemsOf(spec)).toEqual([]));

it.each([
  ["no system", { meters }, "stripe: is required without openMeter"],
  [
    "two systems",
    { stripe, openMeter: { url: "https://openmeter.example.com" }, meters },
    "openMeter: is allowed only without stripe: a sink is one system",
  ],
  ["no meter", { stripe, meters: [] }, "meters: "],
  [
    "a meter that there is not",
    { stripe, meters: [{ meter: "rest.calls", name: "calls" }] },
    "meters.0.meter: ",
  ],
  [
    "a meter twice",
    { stripe, meters: [...meters, { ...meters[0], name: "x" }] },
    "meters.1.meter: 'rest.request' is listed twice",
  ],
  [
    "two meters of one name",
    { stripe, meters: [...meters, { meter: "http.request", name: "calls" }] },
    "meters.1.name: 'calls' is listed twice",
  ],
  [
    "a secret of two lines",
    { stripe: { secret: "sk_test_01\r\nHost: x" }, meters },
    "stripe.secret: must be 8 to 512",
  ],
  [
    "a password in the URL",
    { openMeter: { url: "https://user:password@openmeter.example.com" }, meters },
    "openMeter.url: must not have a user or a password",
  ],
  [
    "a URL that is none",
    { openMeter: { url: "openmeter" }, meters },
    "openMeter.url: must be an http or https URL",
  ],
])("%s is named", (_name, spec, problem) => {
  expect(problemsOf(spec)).toEqual([expect.stringContaining(problem)]);
});
