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
const REMOVE_MS = 5_000;
/** gRPC's status code: https://grpc.io/docs/guides/status-codes/ */
const DEADLINE_EXCEEDED = 4;

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
  {
    kind: "RestApi",
    apiId: "",
    id: apiId,
    // Edge nodes serve it, too.
    spec: {
      name: "tollgate check",
      description: "May be deleted.",
      endpointConfiguration: { types: ["EDGE"] },
    },
  },
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

const leftOf = (deadline: Date) => deadline.getTime() - Date.now();

/** What a GET returned, or why it did not; undefined if the time ended first. */
function call(url: URL, isAnyCertificate: boolean, timeoutMs: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const get = url.protocol === "https:" ? getSecure : getPlain;
  const options = { rejectUnauthorized: !isAnyCertificate, agent: false as const };
  const request = get(url, options, (response) => {
    response.toArray().then(
      (chunks) => resolve(`${response.statusCode} ${Buffer.concat(chunks as Buffer[])}`),
      (error: unknown) => resolve(String(error)),
    );
  });
  request.on("error", (error) => resolve(error.message));
  const timer = setTimeout(() => {
    resolve(undefined);
    request.destroy();
  }, timeoutMs);
  return promise.finally(() => clearTimeout(timer));
}

/** Asks again until what is found is what is wanted. The error says what was found last: an attempt that the end of the time cut short found nothing. */
async function until(
  deadline: Date,
  message: (found: string) => string,
  wanted: string,
  ask: (leftMs: number) => Promise<string | undefined>,
): Promise<void> {
  let found = "there is no response";
  for (let leftMs = leftOf(deadline); leftMs > 0; leftMs = leftOf(deadline)) {
    found = (await ask(leftMs)) ?? found;
    if (found === wanted) return;
    await delay(Math.min(RETRY_MS, Math.max(0, leftOf(deadline))));
  }
  throw new CliError(message(found));
}

/** The steps of a check, in their order. */
function stepsOf(session: Session, accountId: string, apiId: string, options: Options) {
  const deadline = new Date(Date.now() + options.timeout * 1_000);
  const url = stageUrl({ gateway: options.gateway, stage: STAGE }, apiId);
  url.pathname += "/";
  const late = `within ${options.timeout} s`;
  return {
    "an API is applied": async () => {
      const entities = entitiesOf(apiId).map(({ spec, ...entity }) => ({
        ...entity,
        specJson: JSON.stringify(spec),
      }));
      await session.config.apply({ accountId, entities }, { deadline });
    },
    "it is deployed": () =>
      session.deployments.createDeployment({ accountId, apiId, stageName: STAGE }, { deadline }),
    "a call is served": () =>
      until(
        deadline,
        (found) => `${url.href} does not respond as its API says ${late}: ${found.slice(0, 500)}`,
        `200 ${REPLY}`,
        (leftMs) => call(url, options.anyCertificate ?? false, leftMs),
      ),
    "the call is in the usage": () =>
      until(
        deadline,
        () => `the call is served, but metering has not counted it ${late}`,
        "counted",
        async () => {
          const { rows } = await session.usage.queryUsage({ accountId, apiId }, { deadline });
          return rows.some(({ callCount }) => callCount > 0n) ? "counted" : "";
        },
      ),
  };
}

function printPassed(passed: readonly Passed[], output: OutputFormat): void {
  if (output === "table") for (const { step, seconds } of passed) print(`${step} (${seconds.toFixed(1)} s)`);
  else print(toJson(passed));
}

/** check uses an installation step by step, and leaves nothing of it, also if `ended` aborts or the time is over. */
export async function check(
  session: Session,
  accountId: string,
  options: Options,
  ended: AbortSignal,
): Promise<Passed[]> {
  const apiId = newId();
  const passed: Passed[] = [];
  const remove = () =>
    session.config.delete(
      { accountId, kind: "RestApi", id: apiId },
      { deadline: new Date(Date.now() + REMOVE_MS) },
    );
  const end = Promise.withResolvers<never>();
  ended.addEventListener("abort", () => end.reject(ended.reason), { once: true });
  try {
    for (const [step, work] of Object.entries(stepsOf(session, accountId, apiId, options))) {
      const startMs = performance.now();
      await Promise.race([work(), end.promise]).catch((error: { code?: unknown }) => {
        if (error.code !== DEADLINE_EXCEEDED) throw error;
        throw new CliError(`not within ${options.timeout} s: ${step}`);
      });
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
      const ended = new AbortController();
      for (const signal of ["SIGINT", "SIGTERM"] as const)
        process.once(signal, () => ended.abort(new CliError(`ended by ${signal}`)));
      printPassed(await check(session, globals.account, options, ended.signal), globals.output);
    });
}
