import type { TopicMessage } from "@tollgate/usage-stream/kafka";
import type { Database, Session } from "../usage-store/database.ts";
import { nextRevision, type Publisher, refuseLost } from "./publisher.ts";

/** Page is what is published at once. */
export interface Page {
  readonly messages: readonly TopicMessage[];
  /** Notes that the messages are durable, in a transaction of its own. */
  settle(session: Session): Promise<void>;
}

/** Publication is what goes to a topic: the present state of rows that have changed. */
export interface Publication {
  readonly topic: string;
  /** The next page; undefined: nothing waits. `revision` is that of its messages, and has to be taken before the rows are read. */
  read(session: Session, revision: () => Promise<number>): Promise<Page | undefined>;
  /** Since when what waits longest waits; undefined: nothing waits. */
  waitingSinceUnixMs(session: Session): Promise<number | undefined>;
  /** Begins again with all there is. */
  restart(session: Session): Promise<void>;
}

/**
 * publishPage sends the next page of a publication, and returns how many messages it had; undefined: nothing waits. A process that ends in between has it
 * sent again, with a higher revision. Rejects with Lost if another process publishes now.
 */
export async function publishPage(
  database: Database,
  publication: Publication,
  by: Publisher,
  { send, nowMs }: { send(messages: readonly TopicMessage[]): Promise<void>; readonly nowMs: number },
): Promise<number | undefined> {
  const page = await database.transaction((session) =>
    publication.read(session, () => nextRevision(session, by, nowMs)),
  );
  if (!page) return undefined;
  if (page.messages.length > 0) await send(page.messages);
  await database.transaction(async (session) => {
    // Whoever has taken over reads the same rows, and settles them: those that changed again meanwhile must stay.
    await refuseLost(session, by);
    await page.settle(session);
    // The topic is longer now by as many at least: one that is made again before it is looked at is found to be shorter.
    await session.query("UPDATE publishers SET topic_end = topic_end + $2 WHERE topic = $1", [
      by.topic,
      page.messages.length,
    ]);
  });
  return page.messages.length;
}

/**
 * restartIfShorter begins a publication again if its topic is shorter than it was, because it was deleted and created again, and returns whether it is. `end` is that of
 * all partitions. Rejects with Lost if another process publishes now.
 */
export const restartIfShorter = (
  database: Database,
  publication: Publication,
  by: Publisher,
  end: number,
): Promise<boolean> =>
  database.transaction(async (session) => {
    await refuseLost(session, by);
    const [row] = await session.query("SELECT topic_end FROM publishers WHERE topic = $1", [by.topic]);
    const isShorter = end < Number(row?.["topic_end"]);
    if (isShorter) await publication.restart(session);
    await session.query("UPDATE publishers SET topic_end = $2 WHERE topic = $1", [by.topic, end]);
    return isShorter;
  });
