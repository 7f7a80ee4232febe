import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { facts } from "../facts.ts";
import { meterName } from "../meter/meter-name.ts";
import { raise } from "../problem.ts";

const WAYS = ["stripe", "openMeter"] as const;

const url = z
  .url({
    protocol: /^https?$/,
    error: "must be an http or https URL, such as https://openmeter.example.com",
  })
  // They would be shown with the sink, and are not sent.
  .refine((given) => !URL.canParse(given) || new URL(given).username + new URL(given).password === "", {
    error: "must not have a user or a password: the secret is sent as a bearer token",
  });

/** Sent as `Authorization: Bearer {secret}`. */
const secret = z.string().regex(/^[\x21-\x7e]{8,512}$/, {
  error: "must be 8 to 512 printable ASCII characters without blanks",
});

const spec = z
  .strictObject({
    description: z.string().max(256).optional(),
    /** POST {url}/v1/billing/meter_events for each hour of a customer. */
    stripe: z
      .strictObject({
        /** Absent: https://api.stripe.com. */
        url: url.optional(),
        /** A secret or a restricted key that may write meter events. Left out of a manifest, the stored one stays. */
        secret: secret.optional(),
      })
      .optional(),
    /** POST {url}/api/v1/events with a batch of CloudEvents. */
    openMeter: z
      .strictObject({
        url,
        /** Absent: nothing is sent as authorization. */
        secret: secret.optional(),
      })
      .optional(),
    /** The tag of a Customer that has its id there, such as a cus_... of Stripe. Absent: it is the id of the Customer. */
    customerTag: z.string().min(1).max(128).optional(),
    /** What is reported, each by another name there: event_name of Stripe's meter, type of OpenMeter's. */
    meters: z
      .array(z.strictObject({ meter: meterName, name: z.string().min(1).max(100) }))
      .min(1)
      .max(50),
  })
  .superRefine((value, context) => {
    const given = WAYS.filter((way) => value[way] !== undefined);
    if (given.length === 0)
      raise(context, facts.REQUIRED_WITH({ condition: "without openMeter" }), ["stripe"]);
    for (const way of given.slice(1))
      raise(context, facts.ONLY_WITH({ condition: `without ${given[0]}: a sink is one system` }), [way]);
    for (const [i, { meter, name }] of value.meters.entries()) {
      if (value.meters.findIndex((one) => one.meter === meter) < i)
        raise(context, facts.LISTED_TWICE({ name: meter }), ["meters", i, "meter"]);
      if (value.meters.findIndex((one) => one.name === name) < i)
        raise(context, facts.LISTED_TWICE({ name }), ["meters", i, "name"]);
    }
  });

export const UsageSink = defineKind({
  name: "UsageSink",
  about:
    "A system that bills by usage, and is sent what each customer used of some meters, hour by hour: Stripe (meter events) or OpenMeter (CloudEvents), or one that takes the same.",
  spec,
  collection: "usagesinks",
  id: { pattern: /^[\w.-]{1,64}$/, help: "must be 1 to 64 letters, digits, '_', '.' or '-'" },
  quota: "usageSinks",
  secret: { path: ["*", "secret"] },
});
