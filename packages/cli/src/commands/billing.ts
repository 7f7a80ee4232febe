import type { Command } from "commander";
import {
  type BillingDeliveryAct,
  BillingDeliveryAction,
  BillingDeliveryState,
  type BillingEvent,
} from "@tollgate/proto/billing-events";
import { CliError, EXIT, print, printTable, toJson } from "../output.ts";
import { globalsOf, openSession } from "../session.ts";

const states: Readonly<Record<string, BillingDeliveryState>> = {
  due: BillingDeliveryState.DUE,
  delivered: BillingDeliveryState.DELIVERED,
  dead: BillingDeliveryState.DEAD,
  accepted: BillingDeliveryState.ACCEPTED,
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

const actOf = ({ action, timeUnixMs, actor, reason }: BillingDeliveryAct) => ({
  action: action === BillingDeliveryAction.ACCEPTED ? "accepted" : "resent",
  time: new Date(Number(timeUnixMs)).toISOString(),
  actor,
  reason,
});

const jsonOf = ({ timeUnixMs, type, subject, eventId: id, content, deliveries }: BillingEvent) => ({
  id,
  time: new Date(Number(timeUnixMs)).toISOString(),
  type,
  subject,
  data: JSON.parse(content) as unknown,
  deliveries: deliveries.map(({ target, state, attempts, timeUnixMs: at, problem, acts }) => ({
    target,
    state: wordOf(state),
    attempts,
    time: new Date(Number(at)).toISOString(),
    problem,
    acts: acts.map(actOf),
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
    .option("--state <state>", "only events with a delivery that is due, delivered, dead or accepted")
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

const TARGET = "of this NotificationTarget, or usage-sink/ID";

/** The deliveries that a command is about. What is given and empty, such as a variable of a script that has no value, is not "all". */
function chosenFrom(accountId: string, eventId: string | undefined, target: string | undefined) {
  if (eventId === undefined && target === undefined)
    throw new CliError("name an event, or with --target whose events", EXIT.USAGE);
  if (eventId?.trim() === "") throw new CliError("the id of the event is empty", EXIT.USAGE);
  if (target?.trim() === "") throw new CliError("--target is empty", EXIT.USAGE);
  return { accountId, eventId: eventId ?? "", target: target ?? "" };
}

const counted = (count: number, of: string): string => `${count} ${count === 1 ? of : `${of}s`}`;

function addResend(billing: Command): void {
  billing
    .command("resend")
    .description("send an event again, whatever became of it, or all events of a target that were given up")
    .argument("[id]", "such as evt_… (default: all that were given up for the target)")
    .option("--target <id>", `only what is ${TARGET} (default: to all that the event went to)`)
    .action(async (id: string | undefined, { target }: { target?: string }, command: Command) => {
      const globals = globalsOf(command);
      const chosen = chosenFrom(globals.account, id, target);
      using session = openSession(globals);
      const { resentCount } = await session.billingEvents.resendBillingEvent(chosen);
      print(
        id === undefined
          ? `${counted(resentCount, "event")} ${resentCount === 1 ? "is" : "are"} sent again to ${target}`
          : `${id} is sent again to ${counted(resentCount, "target")}`,
      );
    });
}

function addAccept(billing: Command): void {
  billing
    .command("accept")
    .description("accept that events were given up: they are not sent, and no alarm counts them any more")
    .argument("[id]", "such as evt_… (default: all that were given up for the target)")
    .option("--target <id>", `only what is ${TARGET} (default: all that the event went to)`)
    .requiredOption("--reason <text>", "why; it is kept with who accepted it")
    .action(
      async (id: string | undefined, options: { target?: string; reason: string }, command: Command) => {
        const globals = globalsOf(command);
        const chosen = chosenFrom(globals.account, id, options.target);
        using session = openSession(globals);
        const { acceptedCount } = await session.billingEvents.acceptBillingDeliveries({
          ...chosen,
          reason: options.reason,
        });
        print(`accepted: ${acceptedCount} given up`);
      },
    );
}

/** addBilling adds the commands for events of billing. */
export function addBilling(program: Command): void {
  const billing = program.command("billing").description("events of billing, and who has been sent them");
  for (const add of [addEvents, addResend, addAccept]) add(billing);
  for (const command of billing.commands) command.exitOverride();
}
