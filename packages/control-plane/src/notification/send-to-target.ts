import type { SpecOf } from "@tollgate/config";
import type { Upstreams } from "@tollgate/transport";
import { sendMail } from "./mail.ts";
import type { MailSettings } from "./mail-settings.ts";
import { NotSent } from "./send-http.ts";
import { postWebhook } from "./webhook.ts";

/** SendToTopic sends one message to a topic of Kafka. */
export type SendToTopic = (topic: string, key: string, value: Buffer) => Promise<void>;

export interface TargetOptions {
  readonly upstreams: Pick<Upstreams, "transport">;
  readonly mail: MailSettings;
  /** undefined: there are no brokers. */
  readonly sendToTopic: SendToTopic | undefined;
  /** Topics that the product itself reads: what accounts say never goes there. */
  readonly ownTopics: ReadonlySet<string>;
  readonly nowMs: () => number;
}

/** Message is what is sent to a target. */
export interface Message {
  /** The same for each attempt: a receiver recognizes by it what it has already. */
  readonly id: string;
  readonly content: object;
  /** Of a mail. */
  readonly subject: string;
  readonly text: string;
  /** Of a record of Kafka. */
  readonly key: string;
}

async function produce({ sendToTopic, ownTopics }: TargetOptions, topic: string, message: Message) {
  if (ownTopics.has(topic)) throw new NotSent(`the topic ${topic} is of Tollgate itself`);
  if (!sendToTopic) throw new NotSent("there are no brokers: set TOLLGATE_KAFKA");
  try {
    await sendToTopic(topic, message.key, Buffer.from(JSON.stringify(message.content)));
  } catch (error) {
    throw new NotSent(`the topic ${topic} did not take it: ${(error as Error).message}`);
  }
}

/** sendToTarget resolves when a NotificationTarget has a message, and throws a NotSent otherwise. */
export async function sendToTarget(
  options: TargetOptions,
  { webhook, email, kafka }: SpecOf<"NotificationTarget">,
  message: Message,
): Promise<void> {
  const { id, content, subject, text } = message;
  if (webhook)
    return postWebhook(options.upstreams.transport, webhook, { id, content, nowMs: options.nowMs() });
  if (email) return sendMail(options.mail, { id, to: email.to, subject, text });
  if (kafka) return produce(options, kafka.topic, message);
}
