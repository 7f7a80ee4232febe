import type { SpecOf } from "@tollgate/config";
import { CliError, EXIT } from "../output.ts";
import { isNotAfter } from "./subscription-times.ts";

/** NamedSubscription is a subscription as it is written. */
export interface NamedSubscription {
  readonly id: string;
  readonly spec: SpecOf<"Subscription">;
}

/** The id of the subscription that follows one: acme-pets, acme-pets-2, acme-pets-3. */
function successorOf(id: string): string {
  const [, name = id, number = "1"] = /^(.*)-(\d{1,6})$/.exec(id) ?? [];
  return `${name}-${Number(number) + 1}`;
}

/** cancellation ends a subscription. It throws a CliError if it ends before: it would be charged again, or for longer. */
export function cancellation(
  { id, spec }: NamedSubscription,
  { at, timeZone }: { readonly at: string; readonly timeZone: string },
): NamedSubscription {
  if (spec.endAt !== undefined && !isNotAfter(at, spec.endAt, timeZone))
    throw new CliError(
      `'${id}' ends ${spec.endAt}, which is before ${at}: a cancellation moves no end to later`,
      EXIT.FAILED,
    );
  return { id, spec: { ...spec, endAt: at } };
}

/**
 * succession ends a subscription and begins another one with another product at the same instant, so that each is charged for its own time. What is left of a
 * trial goes on, and a planned end is the end of the other one. It throws a CliError if there is nothing to change, or no time left for it.
 */
export function succession(
  { id, spec }: NamedSubscription,
  {
    product,
    at,
    as,
    timeZone,
  }: {
    readonly product: string;
    readonly at: string;
    readonly as?: string;
    /** Of the customer: where its dates begin. */
    readonly timeZone: string;
  },
  taken: readonly string[],
): { readonly ending: NamedSubscription; readonly following: NamedSubscription } {
  if (spec.productId === product)
    throw new CliError(`'${id}' has the product '${product}' already`, EXIT.FAILED);
  // What the one has spent is not what the other has.
  const { endAt, trialEndAt, suspendedUntil: _, ...kept } = spec;
  if (endAt !== undefined && isNotAfter(endAt, at, timeZone))
    throw new CliError(`'${id}' ends ${endAt}, which is not after ${at}: start another one`, EXIT.FAILED);
  const next = as ?? successorOf(id);
  if (taken.includes(next))
    throw new CliError(`there is a Subscription '${next}' already: use --as`, EXIT.FAILED);
  const trial = trialEndAt !== undefined && !isNotAfter(trialEndAt, at, timeZone) ? { trialEndAt } : {};
  return {
    ending: { id, spec: { ...spec, endAt: at } },
    following: {
      id: next,
      spec: { ...kept, productId: product, startAt: at, ...trial, ...(endAt === undefined ? {} : { endAt }) },
    },
  };
}
