import { alarmNameOf, targetOfArn } from "@tollgate/config";
import type { Logger } from "@tollgate/telemetry";
import type { Upstreams } from "@tollgate/transport";
import type { Mirror } from "../mirror/mirror.ts";
import { invokeLater, publishToTopic } from "../notification/aws-service.ts";
import { NotSent } from "../notification/send-http.ts";
import { sendToTarget, type TargetOptions } from "../notification/send-to-target.ts";
import { type AlarmRecords, newHistoryItem, type TakenAction } from "./alarm-records.ts";
import { lambdaEventOf, mailOf, messageOf, type Notification, subjectOf } from "./notification.ts";

export interface AlarmDeliveryOptions extends TargetOptions {
  readonly mirror: Pick<Mirror, "account">;
  readonly records: AlarmRecords;
  readonly upstreams: Pick<Upstreams, "transport" | "credentials" | "defaultServiceEndpoints">;
  readonly logger: Logger;
}

const AT_ONCE = 20;
/** Whoever has taken an action and is gone does not end it: somebody else does after this time. */
const LEASE_MS = 60_000;
const RETRY_FIRST_MS = 5_000;
const RETRY_MAX_MS = 300_000;
/** An alarm that could not be told for so long is old news. */
const GIVE_UP_MS = 24 * 3_600_000;
const UNEXPECTED = "an action of an alarm failed by an internal error";
/** How often it is looked whether a suppressor has left ALARM. */
const SUPPRESSED_MS = 10_000;

const contentOf = (notification: Notification): object => ({
  id: notification.id,
  type: "alarm.state-change",
  ...messageOf(notification),
});

/** What is to become of an action of an alarm that another one may suppress. */
type Suppression = "none" | "waits" | "dropped";

/**
 * AlarmDelivery does what alarms have to do. An action is taken for a time, and ends when its receiver has it: it is done at least once, and each
 * attempt has the same id.
 */
export class AlarmDelivery {
  readonly #options: AlarmDeliveryOptions;

  constructor(options: AlarmDeliveryOptions) {
    this.#options = options;
  }

  /** run does what is due now. */
  async run(): Promise<void> {
    const actions = await this.#options.records.takeActions(AT_ONCE, LEASE_MS);
    // All have ended before the next are taken.
    const outcomes = await Promise.allSettled(actions.map((action) => this.#do(action)));
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  async #do(action: TakenAction): Promise<void> {
    const { records, nowMs, logger } = this.#options;
    const settle = (retryMs: number, summary: string | undefined) =>
      records.settleAction(
        action.actionId,
        retryMs === 0 ? 0 : nowMs() + retryMs,
        summary === undefined ? undefined : newHistoryItem(action, summary, nowMs()),
      );
    let suppression: Suppression;
    try {
      const notification = JSON.parse(action.content) as Notification;
      suppression = await this.#suppressionOf(notification);
      if (suppression === "none") await this.#send(action.target, notification);
    } catch (error) {
      // Whatever the reason, the action is tried again less and less often, and given up in the end.
      if (!(error instanceof NotSent)) logger.error({ err: error, alarm: action.alarmName }, UNEXPECTED);
      const reason = error instanceof NotSent ? error.message : UNEXPECTED;
      const failed = `Failed to execute action ${action.target}. Received error: "${reason}"`;
      if (nowMs() - action.createdUnixMs > GIVE_UP_MS) {
        logger.error(
          { alarm: action.alarmName, target: action.target, error: reason },
          "an action of an alarm was given up",
        );
        return settle(0, `${failed}. It is not tried again`);
      }
      if (action.attempts === 1)
        logger.warn(
          { alarm: action.alarmName, target: action.target, error: reason },
          "an action of an alarm failed; it is tried again",
        );
      const retryMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** (action.attempts - 1));
      return settle(retryMs, action.attempts === 1 ? `${failed}. It is tried again` : undefined);
    }
    switch (suppression) {
      case "waits":
        return settle(SUPPRESSED_MS, undefined);
      case "dropped":
        return settle(0, `Suppressed action ${action.target}`);
      case "none":
        return settle(0, `Successfully executed action ${action.target}`);
    }
  }

  /** AWS: PutCompositeAlarm, ActionsSuppressor. What waited is done only if the alarm is still in the state that it is about. */
  async #suppressionOf({ alarm, state }: Notification): Promise<Suppression> {
    if (alarm.type !== "CompositeAlarm" || alarm.spec.actionsSuppressor === undefined) return "none";
    const { records, nowMs } = this.#options;
    const all = await records.list(alarm.accountId);
    const own = all.find(({ alarmName }) => alarmName === alarm.name);
    if (own && own.state !== state.state) return "dropped";
    const name = alarmNameOf(alarm.spec.actionsSuppressor);
    const suppressor = all.find(({ alarmName }) => alarmName === name);
    if (!suppressor) return "none";
    if (suppressor.state === "ALARM") return "waits";
    const extensionMs = (alarm.spec.actionsSuppressorExtensionPeriod ?? 0) * 1_000;
    const wasAlarm = suppressor.transitionedUnixMs > state.unixMs;
    return wasAlarm && nowMs() - suppressor.transitionedUnixMs < extensionMs ? "waits" : "none";
  }

  async #send(target: string, notification: Notification): Promise<void> {
    const { mirror, upstreams } = this.#options;
    const { accountId } = notification.alarm;
    const account = mirror.account(accountId);
    const endpointsOf = (service: string, region: string) =>
      (
        account.find("ServiceEndpoint", "", `${service}.${region}`) ??
        account.find("ServiceEndpoint", "", `${service}.*`)
      )?.spec;
    if (/^arn:[^:]+:sns:/.test(target))
      return publishToTopic(upstreams, endpointsOf, {
        arn: target,
        id: notification.id,
        subject: subjectOf(notification),
        message: JSON.stringify(messageOf(notification)),
      });
    if (/^arn:[^:]+:lambda:[^:]*:[^:]*:function:/.test(target))
      return invokeLater(upstreams, endpointsOf, { arn: target, event: lambdaEventOf(notification) });
    const id = targetOfArn(target);
    const spec = account.find("NotificationTarget", "", id)?.spec;
    if (!spec)
      throw new NotSent(
        id === undefined
          ? "an action must be an SNS topic, a Lambda function or a NotificationTarget"
          : `there is no NotificationTarget '${id}'`,
      );
    return sendToTarget(this.#options, spec, {
      id: notification.id,
      content: contentOf(notification),
      subject: subjectOf(notification),
      text: mailOf(notification),
      key: `${accountId}/${notification.alarm.name}`,
    });
  }
}
