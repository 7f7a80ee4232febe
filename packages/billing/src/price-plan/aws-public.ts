import { type PricePlanSpec, pricePlan } from "@tollgate/config";

const MILLION = 1_000_000;
const BILLION = 1_000 * MILLION;
const GB = 1024 ** 3;
const TB = 1024 * GB;

/** Hourly prices of caches, by their size in GB. */
const caches = [
  ["0.5", "0.020"],
  ["1.6", "0.038"],
  ["6.1", "0.200"],
  ["13.5", "0.250"],
  ["28.4", "0.500"],
  ["58.2", "1.000"],
  ["118", "1.900"],
  ["237", "3.800"],
] as const;

/**
 * The public price list of AWS API Gateway in us-east-1, without its free tier: what AWS would charge for the operator's own account.
 * https://aws.amazon.com/api-gateway/pricing/ and the data transfer prices of EC2, as of 2025-07-01.
 */
export const awsPublicPlan: PricePlanSpec = pricePlan.parse({
  name: "AWS API Gateway, us-east-1",
  currency: "USD",
  versions: [
    {
      from: "2025-07-01",
      prices: [
        {
          id: "rest-requests",
          name: "REST API calls",
          model: "GRADUATED",
          meter: "rest.request",
          per: MILLION,
          tiers: [
            { upTo: 333 * MILLION, amount: "3.50" },
            { upTo: BILLION, amount: "2.80" },
            { upTo: 20 * BILLION, amount: "2.38" },
            { amount: "1.51" },
          ],
        },
        {
          id: "http-requests",
          name: "HTTP API calls",
          model: "GRADUATED",
          meter: "http.request",
          per: MILLION,
          tiers: [{ upTo: 300 * MILLION, amount: "1.00" }, { amount: "0.90" }],
        },
        {
          id: "websocket-messages",
          name: "WebSocket messages",
          model: "GRADUATED",
          meter: "websocket.message",
          per: MILLION,
          tiers: [{ upTo: BILLION, amount: "1.00" }, { amount: "0.80" }],
        },
        {
          id: "websocket-minutes",
          name: "WebSocket connection minutes",
          model: "FLAT",
          meter: "websocket.minute",
          per: MILLION,
          amount: "0.25",
        },
        ...caches.map(([size, amount]) => ({
          id: `cache-${size}`,
          name: `Cache of ${size} GB`,
          model: "FLAT",
          meter: `cache.hour.${size}`,
          amount,
        })),
        {
          id: "transfer-out",
          name: "Data transfer out",
          model: "GRADUATED",
          meter: "transfer.byte",
          per: GB,
          tiers: [
            { upTo: 10 * TB, amount: "0.09" },
            { upTo: 50 * TB, amount: "0.085" },
            { upTo: 150 * TB, amount: "0.07" },
            { amount: "0.05" },
          ],
        },
        { id: "portals", name: "Portals", model: "FLAT", meter: "portal.month", amount: "125" },
        {
          id: "portal-products",
          name: "Further products of portals",
          model: "FLAT",
          meter: "portal.product",
          amount: "12.50",
        },
      ],
    },
  ],
});
