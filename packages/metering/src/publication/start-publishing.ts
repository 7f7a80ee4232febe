import type { Logger } from "@tollgate/telemetry";
import { createFencedSender, type Topic } from "@tollgate/usage-stream/kafka";
import type { MeteringSettings } from "../settings.ts";
import type { Database } from "../usage-store/database.ts";
import { publishedInvoices } from "./invoices.ts";
import { keepPublished, type Publishing } from "./keep-published.ts";
import type { Publication } from "./publication.ts";
import { forgetPublishers } from "./publisher.ts";
import { forgetChanges, publishedRecords } from "./records.ts";

type PublishingSettings = Pick<MeteringSettings, "kafka" | "recordsTopic" | "invoicesTopic">;

/** publishesRecords is whether changes of records have to be noted. */
export const publishesRecords = ({ kafka, recordsTopic }: PublishingSettings): boolean =>
  kafka.brokers.length > 0 && recordsTopic !== undefined;

/** startPublishing publishes records and invoices, to the topics that the settings name, until the scope is disposed. */
export async function startPublishing(
  scope: AsyncDisposableStack,
  settings: PublishingSettings,
  { database, logger }: { readonly database: Database; readonly logger: Logger },
): Promise<readonly Publishing[]> {
  const { kafka, recordsTopic, invoicesTopic } = settings;
  const isOn = kafka.brokers.length > 0;
  const publications: readonly { readonly topic: Topic; readonly publication: Publication }[] = [
    ...(isOn && recordsTopic
      ? [{ topic: recordsTopic, publication: publishedRecords(recordsTopic.name) }]
      : []),
    ...(isOn && invoicesTopic
      ? [{ topic: invoicesTopic, publication: publishedInvoices(invoicesTopic.name) }]
      : []),
  ];
  await forgetPublishers(
    database,
    publications.map(({ topic }) => topic.name),
  );
  if (!publishesRecords(settings)) await database.transaction(forgetChanges);
  return publications.map(({ topic, publication }) =>
    scope.use(
      keepPublished({
        database,
        publication,
        openSender: () => createFencedSender({ kafka, clientId: "tollgate-metering", topic, logger }),
        logger,
      }),
    ),
  );
}
