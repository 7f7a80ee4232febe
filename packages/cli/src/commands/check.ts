import { randomInt } from "node:crypto";
import { get as getPlain } from "node:http";
import { get as getSecure } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import { stageUrl } from "../gateway.ts";
import { CliError, type OutputFormat, print, toJson } from "../output.ts";
import { globalsOf, openSession, type Session } from "../session.ts";
import type { CliDefaults } from "../settings.ts";
import { readSeconds } from "./wait.ts";

const STAGE = "check";
const REPLY = "Tollgate serves this call.";
const RETRY_MS = 250;
const ID_LENGTH = 7;

export interface Options {
  readonly gateway: string;
  readonly anyCertificate?: boolean;
  readonly timeout: number;
}

/** A step of the check, and how long it took. */
interface Passed {
  readonly step: string;
  readonly seconds: number;
}

/** An id that no API has: checks may run at the same time. */
const newId = () => `chk${Array.from({ length: ID_LENGTH }, () => randomInt(36).toString(36)).join("")}`;

const entitiesOf = (apiId: string) => [
  { kind: "RestApi", apiId: "", id: apiId, spec: { name: "tollgate check", description: "May be deleted." } },
  {
    kind: "Resource",
    apiId,
    id: "check1",
    spec: {
      path: "/",
      methods: {
        GET: {
          integration: {
            type: "MOCK",
            requestTemplates: { "application/json": '{"statusCode": 200}' },
            integrationResponses: { 200: { responseTemplates: { "application/json": REPLY } } },
          },
        },
      },
    },
  },
];

/** What a GET returned, or why it did not. */
function call(url: URL, isAnyCertificate: boolean, timeoutMs: number): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const get = url.protocol === "https:" ? getSecure : getPlain;
  const options = { rejectUnauthorized: !isAnyCertificate, timeout: timeoutMs, agent: false as const };
  const request = get(url, options, (response) => {
    response.toArray().then(
      (chunks) => resolve(`${response.statusCode} ${Buffer.concat(chunks as Buffer[])}`),
      (error: unknown) => resolve(String(error)),
    );
  });
  request.on("timeout", () => request.destroy(new Error(`there is no response within ${timeoutMs} ms`)));
  request.on("error", (error) => resolve(error.message));
  return promise;
}

/** Asks again until what is found is what is wanted; `found` says what is there at the end of the time. */
async function until(
  deadlineMs: number,
  message: (found: string) => string,
  wanted: string,
  ask: (leftMs: number) => Promise<string>,
): Promise<void> {
  for (;;) {
    const found = await ask(Math.max(1, deadlineMs - performance.now()));
    if (found === wanted) return;
    if (performance.now() > deadlineMs) throw new CliError(message(found));
    await delay(RETRY_MS);
  }
}

/** The steps of a check, in their order. */
function stepsOf(session: Session, accountId: string, apiId: string, options: Options) {
  const deadlineMs = performance.now() + options.timeout * 1_000;
  const url = stageUrl({ gateway: options.gateway, stage: STAGE }, apiId);
  url.pathname += "/";
  const late = `within ${options.timeout} s`;
  return {
    "an API is applied": async () => {
      const entities = entitiesOf(apiId).map(({ spec, ...entity }) => ({
        ...entity,
        specJson: JSON.stringify(spec),
      }));
      await session.config.apply({ accountId, entities });
    },
    "it is deployed": () => session.deployments.createDeployment({ accountId, apiId, stageName: STAGE }),
    "a call is served": () =>
      until(
        deadlineMs,
        (found) => `${url.href} does not respond as its API says ${late}: ${found.slice(0, 500)}`,
        `200 ${REPLY}`,
        (leftMs) => call(url, options.anyCertificate ?? false, leftMs),
      ),
    "the call is in the usage": () =>
      until(
        deadlineMs,
        () => `the call is served, but metering has not counted it ${late}`,
        "counted",
        async () => {
          const { rows } = await session.usage.queryUsage({ accountId, apiId });
          return rows.some(({ callCount }) => callCount > 0n) ? "counted" : "";
        },
      ),
  };
}

function printPassed(passed: readonly Passed[], output: OutputFormat): void {
  if (output === "table") for (const { step, seconds } of passed) print(`${step} (${seconds.toFixed(1)} s)`);
  else print(toJson(passed));
}

/** check uses an installation step by step, and leaves nothing of it. */
export async function check(session: Session, accountId: string, options: Options): Promise<Passed[]> {
  const apiId = newId();
  const passed: Passed[] = [];
  const remove = () => session.config.delete({ accountId, kind: "RestApi", id: apiId });
  try {
    for (const [step, work] of Object.entries(stepsOf(session, accountId, apiId, options))) {
      const startMs = performance.now();
      await work();
      passed.push({ step, seconds: (performance.now() - startMs) / 1_000 });
    }
  } catch (error) {
    // Why a step failed matters more than that its API is not removed, or was never there.
    await remove().catch(() => undefined);
    throw error;
  }
  await remove();
  return passed;
}

/** addCheck adds the command that uses an installation once, from an API to the record of a call. */
export function addCheck(program: Command, defaults: CliDefaults): void {
  program
    .command("check")
    .description("apply an API, call it through a node, find the call in the usage, and remove the API")
    .option("--gateway <url>", "address of a node or of a load balancer in front of nodes", defaults.gateway)
    .option("--any-certificate", "do not verify the gateway's certificate")
    .option("--timeout <seconds>", "how long all of it may take", readSeconds, 60)
    .action(async (options: Options, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      printPassed(await check(session, globals.account, options), globals.output);
    });
}
