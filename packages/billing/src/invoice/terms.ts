import {
  configFacts,
  dateOrInstant,
  isTimeZone,
  type PricePlanSpec,
  type Problem,
  parseSpecJson,
  party,
  pricePlan,
  problemOfIssue,
  seller,
} from "@tollgate/config";
import { momentOf, monthPeriod, type Period } from "../period/period.ts";
import { awsPublicPlan } from "../price-plan/aws-public.ts";

/** GivenTerms are terms as a caller sends them, and as an invoice keeps them. */
export interface GivenTerms {
  readonly accountId: string;
  /** Empty: all usage of the account. */
  readonly subscriptionId: string;
  readonly month: string;
  /** Empty: UTC. */
  readonly timeZone: string;
  /** Empty: AWS's public price list. */
  readonly pricePlanJson: string;
  readonly customerJson: string;
  /** Absent or empty: none. */
  readonly sellerJson?: string;
  readonly apiKeyIds: readonly string[];
  readonly usagePlanIds: readonly string[];
  readonly startAt: string;
  readonly endAt: string;
}

/** Terms say whose usage of which period is charged by which prices. */
export interface Terms {
  readonly given: GivenTerms;
  readonly plan: PricePlanSpec;
  readonly period: Period;
  /** The part of the period that is charged; its end is not after its start if none of it is. */
  readonly active: { readonly startUnixMs: number; readonly endUnixMs: number };
}

/** TermsInvalid is the expected failure for terms that cannot be used. */
export class TermsInvalid extends Error {
  readonly problems: readonly Problem[];

  constructor(message: string, problems: readonly Problem[] = []) {
    super(message);
    this.problems = problems;
  }
}

const OWN_ACCOUNT = "000000000000";

function readPlan(json: string): PricePlanSpec {
  if (json === "") return awsPublicPlan;
  const at = "price_plan_json";
  const read = parseSpecJson(json, at);
  if (!read.ok) throw new TermsInvalid("the price plan is wrong", read.problems);
  const parsed = pricePlan.safeParse(read.value);
  if (parsed.success) return parsed.data;
  throw new TermsInvalid(
    "the price plan is wrong",
    parsed.error.issues.map((issue) => problemOfIssue(at, issue)),
  );
}

function readPeriod(month: string, timeZone: string): Period {
  if (timeZone !== "" && !isTimeZone(timeZone))
    throw new TermsInvalid(`time_zone: ${configFacts.TIME_ZONE_UNKNOWN({ given: timeZone }).message}`);
  try {
    return monthPeriod(month, timeZone || "UTC");
  } catch (error) {
    throw new TermsInvalid(`month: ${(error as Error).message}`);
  }
}

function readInstant(given: string, timeZone: string, what: string): number | undefined {
  if (given === "") return undefined;
  const read = dateOrInstant.safeParse(given);
  if (!read.success) throw new TermsInvalid(`${what}: ${read.error.issues[0]?.message}`);
  return momentOf(given, timeZone);
}

/** How many keys a customer, and usage plans a product can have. */
const KEYS_MAX = 1_000;
const PLANS_MAX = 50;

/** Whose usage is charged: of some keys under some plans with a subscription, of the whole account without one. */
function checkSelection({ subscriptionId, apiKeyIds, usagePlanIds }: GivenTerms): void {
  const isOwn = subscriptionId === "";
  if (isOwn && apiKeyIds.length + usagePlanIds.length > 0)
    throw new TermsInvalid("api_key_ids and usage_plan_ids need a subscription_id");
  if (!isOwn && (apiKeyIds.length === 0 || usagePlanIds.length === 0))
    throw new TermsInvalid(
      `subscription_id '${subscriptionId}' needs api_key_ids and usage_plan_ids: without them nothing is its usage`,
    );
  if (apiKeyIds.length > KEYS_MAX || usagePlanIds.length > PLANS_MAX)
    throw new TermsInvalid(`at most ${KEYS_MAX} api_key_ids and ${PLANS_MAX} usage_plan_ids are allowed`);
}

function checkParty(what: "customer" | "seller", json: string): void {
  if (json === "") return;
  const at = `${what}_json`;
  const read = parseSpecJson(json, at);
  if (!read.ok) throw new TermsInvalid(`the ${what} is wrong`, read.problems);
  const parsed = (what === "customer" ? party : seller).safeParse(read.value);
  if (!parsed.success)
    throw new TermsInvalid(
      `the ${what} is wrong`,
      parsed.error.issues.map((issue) => problemOfIssue(at, issue)),
    );
}

/** readTerms checks terms that a caller gives. It throws TermsInvalid with what is wrong and where. */
export function readTerms(given: GivenTerms): Terms {
  checkParty("customer", given.customerJson);
  checkParty("seller", given.sellerJson ?? "");
  return readStoredTerms(given);
}

/** readStoredTerms reads terms that a document keeps: its customer and its seller are whatever was accepted when it was made. */
export function readStoredTerms(given: GivenTerms): Terms {
  checkSelection(given);
  const plan = readPlan(given.pricePlanJson);
  const period = readPeriod(given.month, given.timeZone);
  const start = readInstant(given.startAt, period.timeZone, "start_at") ?? period.startUnixMs;
  const end = readInstant(given.endAt, period.timeZone, "end_at") ?? period.endUnixMs;
  return {
    given: { ...given, accountId: given.accountId || OWN_ACCOUNT },
    plan,
    period,
    active: {
      startUnixMs: Math.max(start, period.startUnixMs),
      endUnixMs: Math.min(end, period.endUnixMs),
    },
  };
}
