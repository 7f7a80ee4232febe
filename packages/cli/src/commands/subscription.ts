import type { Command } from "commander";
import { dateIn, type Kind, type SpecOf } from "@tollgate/config";
import type { Entity } from "@tollgate/proto/control";
import { CliError, EXIT, print, printTable, toJson } from "../output.ts";
import { type GlobalOptions, globalsOf, openSession, type Session } from "../session.ts";
import { readTime } from "../time.ts";
import { cancellation, succession } from "./subscription-succession.ts";
import { daysAfter, nextMonth, nextQuarter, shownState } from "./subscription-times.ts";

type SubscriptionSpec = SpecOf<"Subscription">;

const PAGE_SIZE = 1_000;

const specOf = <K extends Kind>(_kind: K, entity: Entity): SpecOf<K> =>
  JSON.parse(entity.specJson) as SpecOf<K>;

async function timeZoneOf(
  session: Session,
  { account: accountId }: GlobalOptions,
  customerId: string,
): Promise<string> {
  const { entity } = await session.config.get({ accountId, kind: "Customer", id: customerId });
  if (!entity) throw new CliError(`there is no Customer '${customerId}'`, EXIT.FAILED);
  return specOf("Customer", entity).timeZone;
}

/** Entities as they were read at one revision of the account, or later. */
interface Read {
  readonly entities: readonly Entity[];
  readonly revision: bigint;
}

/** Writes subscriptions in one transaction: all of them, or none where the account has changed since they were read. */
async function write(
  session: Session,
  { account: accountId }: GlobalOptions,
  { revision: expectedRevision }: Read,
  entities: readonly { id: string; spec: object; labels?: Record<string, string> }[],
): Promise<void> {
  await session.config.apply({
    accountId,
    expectedRevision,
    entities: entities.map(({ id, spec, labels = {} }) => ({
      kind: "Subscription",
      id,
      labels,
      specJson: JSON.stringify(spec),
    })),
  });
}

async function readAll(session: Session, { account: accountId }: GlobalOptions, kind: Kind): Promise<Read> {
  const entities: Entity[] = [];
  let revision: bigint | undefined;
  let pageToken = "";
  do {
    const page = await session.config.list({ accountId, kind, pageSize: PAGE_SIZE, pageToken });
    entities.push(...page.entities);
    revision ??= page.revision;
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return { entities, revision };
}

const idsOf = ({ entities }: Read): readonly string[] => entities.map(({ id }) => id);

/** A subscription, and all that were read with it. */
async function readOne(session: Session, globals: GlobalOptions, id: string) {
  const read = await readAll(session, globals, "Subscription");
  const entity = read.entities.find((one) => one.id === id);
  if (!entity) throw new CliError(`there is no Subscription '${id}'`, EXIT.FAILED);
  return { read, entity, spec: specOf("Subscription", entity) };
}

const COLUMNS = ["id", "state", "customer", "product", "from", "trial until", "until"] as const;

function addList(subscription: Command): void {
  subscription
    .command("list")
    .description("list subscriptions, and in which part of their lives they are")
    .option("--customer <id>", "only those of this customer")
    .action(async ({ customer }: { customer?: string }, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const { entities: customers } = await readAll(session, globals, "Customer");
      const zones = new Map(customers.map((one) => [one.id, specOf("Customer", one).timeZone]));
      const { entities } = await readAll(session, globals, "Subscription");
      const rows = entities
        .map((entity) => ({ id: entity.id, spec: specOf("Subscription", entity) }))
        .filter(({ spec }) => customer === undefined || spec.customerId === customer)
        .map(({ id, spec }) => ({
          id,
          state: shownState(spec, Date.now(), zones.get(spec.customerId) ?? "UTC"),
          customer: spec.customerId,
          product: spec.productId,
          from: spec.startAt,
          "trial until": spec.trialEndAt ?? "",
          until: spec.endAt ?? "",
        }));
      if (globals.output === "table") printTable(rows, COLUMNS);
      else print(toJson(rows));
    });
}

interface StartOptions {
  readonly customer: string;
  readonly product: string;
  readonly from?: string;
  readonly trialDays?: string;
}

/** Trials end at midnight in the time zone of the customer. */
function trialEnd(
  startAt: string,
  days: string | undefined,
  timeZone: string,
): Pick<SubscriptionSpec, "trialEndAt"> {
  if (days === undefined) return {};
  if (!/^[1-9]\d{0,3}$/.test(days))
    throw new CliError(`--trial-days '${days}' must be a whole number from 1 to 9999`, EXIT.USAGE);
  const first = startAt.includes("T") ? dateIn(Date.parse(startAt), timeZone) : startAt;
  return { trialEndAt: daysAfter(first, Number(days)) };
}

function addStart(subscription: Command): void {
  subscription
    .command("start")
    .description("let a customer use a product")
    .argument("<id>", "of the new subscription")
    .requiredOption("--customer <id>", "who pays")
    .requiredOption("--product <id>", "what is used")
    .option("--from <time>", "a date or an instant (default: the next quarter of an hour)", readTime)
    .option("--trial-days <n>", "days from then on that are free")
    .action(async (id: string, options: StartOptions, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const read = await readAll(session, globals, "Subscription");
      if (idsOf(read).includes(id))
        throw new CliError(`there is a Subscription '${id}' already: use another id`, EXIT.FAILED);
      const startAt = options.from ?? nextQuarter(Date.now());
      const { customer: customerId, product: productId } = options;
      const trial = trialEnd(startAt, options.trialDays, await timeZoneOf(session, globals, customerId));
      await write(session, globals, read, [{ id, spec: { customerId, productId, startAt, ...trial } }]);
      const free = trial.trialEndAt === undefined ? "" : `, free until ${trial.trialEndAt}`;
      print(`${id} starts ${startAt} with ${productId}${free}`);
    });
}

interface EndOptions {
  readonly at?: string;
  readonly now?: boolean;
}

/** When a subscription ends: at a given time, as soon as possible, or with the month of its customer. */
function endOf({ at, now }: EndOptions, timeZone: string): string {
  if (at !== undefined && now) throw new CliError("--at and --now do not go together", EXIT.USAGE);
  return at ?? (now ? nextQuarter(Date.now()) : nextMonth(Date.now(), timeZone));
}

const addEnd = (command: Command) =>
  command
    .option("--at <time>", "a date or an instant (default: the end of the customer's month)", readTime)
    .option("--now", "at the next quarter of an hour");

function addChange(subscription: Command): void {
  addEnd(
    subscription
      .command("change")
      .description(
        "let a customer use another product from a time on: the fees of both are charged for their time",
      )
      .argument("<id>", "of the subscription that ends then")
      .requiredOption("--product <id>", "what is used from then on")
      .option("--as <id>", "of the subscription that begins then (default: the same with a number)"),
  ).action(async (id: string, options: EndOptions & { product: string; as?: string }, command: Command) => {
    const globals = globalsOf(command);
    using session = openSession(globals);
    const { read, entity, spec } = await readOne(session, globals, id);
    const timeZone = await timeZoneOf(session, globals, spec.customerId);
    const at = endOf(options, timeZone);
    const { ending, following } = succession({ id, spec }, { ...options, at, timeZone }, idsOf(read));
    await write(session, globals, read, [
      { ...ending, labels: entity.labels },
      { ...following, labels: entity.labels },
    ]);
    print(`${id} ends ${at}\n${following.id} starts ${at} with ${options.product}`);
  });
}

function addCancel(subscription: Command): void {
  addEnd(
    subscription
      .command("cancel")
      .description("end a subscription with the month, or at another time")
      .argument("<id>"),
  ).action(async (id: string, options: EndOptions, command: Command) => {
    const globals = globalsOf(command);
    using session = openSession(globals);
    const { read, entity, spec } = await readOne(session, globals, id);
    const timeZone = await timeZoneOf(session, globals, spec.customerId);
    const at = endOf(options, timeZone);
    const ending = cancellation({ id, spec }, { at, timeZone });
    await write(session, globals, read, [{ ...ending, labels: entity.labels }]);
    print(`${id} ends ${at}`);
  });
}

/** addSubscription adds the commands for what customers use. */
export function addSubscription(program: Command): void {
  const subscription = program
    .command("subscription")
    .description("what customers use: start with a trial, change to another product, cancel");
  for (const add of [addList, addStart, addChange, addCancel]) add(subscription);
  for (const command of subscription.commands) command.exitOverride();
}
