import type { Logger } from "@tollgate/telemetry";
import { repeat } from "../repeat.ts";
import { advanceCountedUntil, type CountedTopic, type Seen } from "./counted-until.ts";
import type { Session } from "./database.ts";

/** Hours are reported some minutes after their end. */
const EVERY_MS = 30_000;

export interface CountedUntilOptions extends CountedTopic {
  readonly database: Session;
  readonly logger: Logger;
}

/** keepCountedUntil stores up to when a topic is counted, again and again until it is disposed, where usage is reported to other systems. */
export function keepCountedUntil({ database, logger, ...topic }: CountedUntilOptions): AsyncDisposable {
  let waitedFor: Seen | undefined;
  return repeat(
    async () => {
      const reported = await database.query("SELECT meter FROM usage_reports LIMIT 1");
      waitedFor = reported.length === 0 ? undefined : await advanceCountedUntil(database, topic, waitedFor);
    },
    {
      everyMs: EVERY_MS,
      isAtOnce: true,
      failure: "how far usage is counted could not be read: usage waits to be reported to other systems",
      logger,
    },
  );
}
