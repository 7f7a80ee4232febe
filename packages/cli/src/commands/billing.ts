import type { Command } from "commander";
import { BillingDeliveryState, type BillingEvent } from "@tollgate/proto/billing-events";
import { CliError, EXIT, print, printTable, toJson } from "../output.ts";
import { globalsOf, openSession } from "../session.ts";

const states: Readonly<Record<string, BillingDeliveryState>> = {
  due: BillingDeliveryState.DUE,
  delivered: BillingDeliveryState.DELIVERED,
  dead: BillingDeliveryState.DEAD,
};

const wordOf = (state: BillingDeliveryState): string =>
  Object.entries(states).find(([, one]) => one === state)?.[0] ?? "";

const COLUMNS = ["time", "type", "subject", "id", "target", "state", "attempts", "problem"] as const;

/** eventRows are rows of an event: one for each target, or one without a target. */
export const eventRows = ({ timeUnixMs, type, subject, eventId: id, deliveries }: BillingEvent) => {
  const event = { time: new Date(Number(timeUnixMs)).toISOString(), type, subject, id };
  if (deliveries.length === 0) return [{ ...event, target: "", state: "", attempts: "", problem: "" }];
  return deliveries.map(({ target, state, attempts, problem }) => ({
    ...event,
    target,
    state: wordOf(state),
    attempts: `${attempts}`,
    problem,
  }));
};

const jsonOf = ({ timeUnixMs, type, subject, eventId: id, content, deliveries }: BillingEvent) => ({
  id,
  time: new Date(Number(timeUnixMs)).toISOString(),
  type,
  subject,
  data: JSON.parse(content) as unknown,
  deliveries: deliveries.map(({ target, state, attempts, timeUnixMs: at, problem }) => ({
    target,
    state: wordOf(state),
    attempts,
    time: new Date(Number(at)).toISOString(),
    problem,
  })),
});

interface EventsOptions {
  readonly type?: string;
  readonly state?: string;
  readonly limit: string;
}

function stateFrom(word: string | undefined): BillingDeliveryState {
  if (word === undefined) return BillingDeliveryState.UNSPECIFIED;
  const state = Object.hasOwn(states, word) ? states[word] : undefined;
  if (!state)
    throw new CliError(`--state '${word}' must be one of ${Object.keys(states).join(", ")}`, EXIT.USAGE);
  return state;
}

function limitFrom(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= 1_000) return Number(text);
  throw new CliError(`--limit '${text}' must be a whole number from 1 to 1000`, EXIT.USAGE);
}

function addEvents(billing: Command): void {
  billing
    .command("events")
    .description(
      "what happened to customers, subscriptions and invoices, the latest first, and who has been sent it",
    )
    .option("--type <type>", "such as invoice.finalized, or invoice. for all of invoices")
    .option("--state <state>", "only events with a delivery that is due, delivered or dead")
    .option("--limit <n>", "at most so many events, up to 1000", "100")
    .action(async ({ type, state, limit }: EventsOptions, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const { events } = await session.billingEvents.listBillingEvents({
        accountId: globals.account,
        typePrefix: type ?? "",
        state: stateFrom(state),
        limit: limitFrom(limit),
      });
      if (globals.output === "table") return printTable(events.flatMap(eventRows), COLUMNS);
      print(toJson(events.map(jsonOf)));
    });
}

function addResend(billing: Command): void {
  billing
    .command("resend")
    .description("send an event again, whatever became of it")
    .argument("<id>", "such as evt_…")
    .option(
      "--target <id>",
      "only to this NotificationTarget, or usage-sink/ID (default: to all that it went to)",
    )
    .action(async (eventId: string, { target = "" }: { target?: string }, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const { resentCount } = await session.billingEvents.resendBillingEvent({
        accountId: globals.account,
        eventId,
        target,
      });
      print(`${eventId} is sent again to ${resentCount} ${resentCount === 1 ? "target" : "targets"}`);
    });
}

/** addBilling adds the commands for events of billing. */
export function addBilling(program: Command): void {
  const billing = program.command("billing").description("events of billing, and who has been sent them");
  for (const add of [addEvents, addResend]) add(billing);
  for (const command of billing.commands) command.exitOverride();
}
