import { it } from "vitest";
import { listenerTarget } from "./listener-target.ts";
import { responseTarget } from "./response-target.ts";
import { pureTargets, runTargets, startHttpTarget } from "./targets.ts";

it.each(pureTargets)("$name never crash, and never reach Object.prototype", (target) =>
  // Whole definitions cost milliseconds each.
  runTargets([target], target.name.startsWith("OpenAPI") ? 150 : 400),
);

it("raw HTTP of any bytes kills no worker", async () => {
  await using scope = new AsyncDisposableStack();
  await runTargets([await startHttpTarget(scope)], 500);
});

it("both clients of upstreams read any response alike, or the own one refuses it", () =>
  runTargets([responseTarget], 200));

it("both readers of requests read any bytes alike and respond alike, or the own one refuses them", () =>
  runTargets([listenerTarget], 120));
