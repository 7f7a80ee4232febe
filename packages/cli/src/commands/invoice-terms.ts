import { chargedBy, dateIn, type Kind, type SpecOf } from "@tollgate/config";
import { CliError, EXIT } from "../output.ts";
import type { GlobalOptions, Session } from "../session.ts";

/** InvoiceTermsInit are the terms of an invoice, without its month. */
export interface InvoiceTermsInit {
  readonly accountId: string;
  readonly subscriptionId?: string;
  readonly timeZone?: string;
  readonly pricePlanJson?: string;
  readonly customerJson?: string;
  readonly sellerJson?: string;
  readonly apiKeyIds?: string[];
  readonly usagePlanIds?: string[];
  readonly startAt?: string;
  readonly endAt?: string;
}

/** monthOf is the month that was asked for; without one, the current one where the customer is: it may have begun there, or not yet. */
export const monthOf = (
  month: string | undefined,
  { timeZone }: Pick<InvoiceTermsInit, "timeZone">,
  unixMs = Date.now(),
): string => month ?? dateIn(unixMs, timeZone || "UTC").slice(0, "2026-11".length);

/**
 * readInvoiceTerms reads the terms of a subscription from the config: its customer, its product and the product's price plan. Without a
 * subscription, they are the account's own usage at AWS's public prices.
 */
export async function readInvoiceTerms(
  session: Session,
  { account: accountId }: GlobalOptions,
  subscriptionId: string | undefined,
): Promise<InvoiceTermsInit> {
  if (subscriptionId === undefined) return { accountId };
  const { entities: sellers } = await session.config.list({ accountId, kind: "Seller" });
  const read = async <K extends Kind>(kind: K, id: string) => {
    const { entity } = await session.config.get({ accountId, kind, id });
    if (!entity) throw new CliError(`there is no ${kind} '${id}'`, EXIT.FAILED);
    return { json: entity.specJson, spec: JSON.parse(entity.specJson) as SpecOf<K> };
  };
  const { spec: subscription } = await read("Subscription", subscriptionId);
  const customer = await read("Customer", subscription.customerId);
  const { spec: product } = await read("Product", subscription.productId);
  const { json: pricePlanJson } = await read("PricePlan", product.pricePlanId);
  const sellerJson = sellers[0]?.specJson ?? "";
  return {
    accountId,
    ...termsOf(subscriptionId, { subscription, customer, product, pricePlanJson, sellerJson }),
  };
}

interface Sold {
  readonly subscription: SpecOf<"Subscription">;
  readonly customer: { readonly json: string; readonly spec: SpecOf<"Customer"> };
  readonly product: SpecOf<"Product">;
  readonly pricePlanJson: string;
  readonly sellerJson: string;
}

const termsOf = (
  subscriptionId: string,
  { subscription, customer, product, pricePlanJson, sellerJson }: Sold,
) => ({
  subscriptionId,
  ...chargedBy(subscription, customer.spec, product),
  pricePlanJson,
  customerJson: customer.json,
  sellerJson,
});

const PAGE_SIZE = 1_000;

/** All entities of a kind by their ids, as the JSON of their specs. */
async function readKind(
  session: Session,
  accountId: string,
  kind: Kind,
): Promise<ReadonlyMap<string, string>> {
  const specs = new Map<string, string>();
  let pageToken = "";
  do {
    const page = await session.config.list({ accountId, kind, pageSize: PAGE_SIZE, pageToken });
    for (const { id, specJson } of page.entities) specs.set(id, specJson);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return specs;
}

/** readAllTerms reads the terms of all subscriptions, by few requests. */
export async function readAllTerms(
  session: Session,
  { account: accountId }: GlobalOptions,
): Promise<readonly InvoiceTermsInit[]> {
  const read = (kind: Kind) => readKind(session, accountId, kind);
  const subscriptions = await read("Subscription");
  const [customers, products, plans] = [
    await read("Customer"),
    await read("Product"),
    await read("PricePlan"),
  ];
  const [sellerJson = ""] = (await read("Seller")).values();
  return [...subscriptions].map(([id, subscriptionJson]) => {
    const jsonOf = (specs: ReadonlyMap<string, string>, kind: Kind, named: string): string => {
      const json = specs.get(named);
      if (json === undefined)
        throw new CliError(`subscription '${id}': there is no ${kind} '${named}'`, EXIT.FAILED);
      return json;
    };
    const subscription = JSON.parse(subscriptionJson) as SpecOf<"Subscription">;
    const customerJson = jsonOf(customers, "Customer", subscription.customerId);
    const customer = { json: customerJson, spec: JSON.parse(customerJson) as SpecOf<"Customer"> };
    const product = JSON.parse(jsonOf(products, "Product", subscription.productId)) as SpecOf<"Product">;
    const pricePlanJson = jsonOf(plans, "PricePlan", product.pricePlanId);
    return { accountId, ...termsOf(id, { subscription, customer, product, pricePlanJson, sellerJson }) };
  });
}
