import { chargedBy, type Kind, type SpecOf } from "@tollgate/config";
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
  return {
    accountId,
    subscriptionId,
    ...chargedBy(subscription, customer.spec, product),
    pricePlanJson,
    customerJson: customer.json,
    sellerJson: sellers[0]?.specJson ?? "",
  };
}
