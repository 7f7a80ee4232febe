import { randomBytes } from "node:crypto";
import { z } from "zod";
import { eventPattern } from "../customer/billing-events.ts";
import { defineKind } from "../define-kind.ts";
import { facts } from "../facts.ts";
import { raise } from "../problem.ts";

const WAYS = ["webhook", "email", "kafka"] as const;

const hasCredentials = ({ username, password }: URL): boolean => username !== "" || password !== "";

const spec = z
  .strictObject({
    description: z.string().max(256).optional(),
    webhook: z
      .strictObject({
        /** Receives a POST with JSON. */
        url: z
          .url({
            protocol: /^https?$/,
            error: "must be an http or https URL, such as https://alerts.example.com/tollgate",
          })
          // They would be shown with the target, and are not sent.
          .refine((url) => !URL.canParse(url) || !hasCredentials(new URL(url)), {
            error: "must not have a user or a password: receivers verify Tollgate-Signature",
          }),
        /** Signs what is sent: the header Tollgate-Signature is t={seconds},v1={HMAC-SHA256 of "{seconds}.{body}"}. Absent: one is made. */
        secret: z.string().min(16).max(256).optional(),
      })
      .optional(),
    /** By the server of TOLLGATE_SMTP_URL. */
    email: z.strictObject({ to: z.array(z.email()).min(1).max(50) }).optional(),
    /** A topic of the brokers of TOLLGATE_KAFKA, which is neither Tollgate's nor Kafka's own. */
    kafka: z
      .strictObject({
        topic: z.string().regex(/^(?!tollgate\.|__)[\w.-]{1,249}$/, {
          error:
            "must be 1 to 249 letters, digits, '_', '.' or '-', not beginning with 'tollgate.' or '__': those topics are of Tollgate and of Kafka themselves",
        }),
      })
      .optional(),
    /** Events of billing that go there too, such as invoice.finalized, customer.* or *; absent: none. */
    events: z.array(eventPattern).min(1).max(50).optional(),
  })
  .superRefine((value, context) => {
    const given = WAYS.filter((way) => value[way] !== undefined);
    if (given.length === 0)
      raise(context, facts.REQUIRED_WITH({ condition: "without email and kafka" }), ["webhook"]);
    for (const way of given.slice(1))
      raise(
        context,
        facts.ONLY_WITH({ condition: `without ${given[0]}: a target is one way to reach somebody` }),
        [way],
      );
  });

export const NotificationTarget = defineKind({
  name: "NotificationTarget",
  about:
    "Where actions of alarms go besides SNS topics and Lambda functions, and where events of billing go: a webhook, e-mail or a Kafka topic. Alarms name it by arn:aws:tollgate:{region}:{account}:notification-target/{id}.",
  spec,
  collection: "notificationtargets",
  id: { pattern: /^[\w.-]{1,64}$/, help: "must be 1 to 64 letters, digits, '_', '.' or '-'" },
  quota: "notificationTargets",
  secret: { path: ["webhook", "secret"], make: () => `whsec_${randomBytes(32).toString("base64url")}` },
});
