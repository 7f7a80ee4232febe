import type { Logger } from "@tollgate/telemetry";
import { encodeBatchInPlace, encodeReport, type Frame } from "@tollgate/usage-stream";
import type { TopicMessage } from "@tollgate/usage-stream/kafka";
import type { Segment } from "./segment.ts";
import type { SourceLog } from "./source-log.ts";
import type { Piece, SpoolFolder } from "./spool-folder.ts";

/** A source with nothing to send still says that it is there, this often. */
const HEARTBEAT_MS = 15_000;

/** SourceLives hears of sources by their full names. */
export interface SourceLives {
  sourceStarted(name: string): void;
  /** Whether that is kept: else the source is closed again. */
  sourceClosed(name: string): boolean;
  /** Nothing was recorded in a source that has ended. Whether that is kept: else it is said again. */
  sourceEmpty(name: string): boolean;
}

/** Outgoing is one message about a source, and what its acknowledgement means. */
export interface Outgoing {
  readonly message: TopicMessage;
  readonly hasMore: boolean;
  acknowledged(): void;
}

export interface SourceMessagesOptions {
  readonly nodeId: string;
  readonly logger: Logger;
  /** What is sent, in messages for operators. */
  readonly what: string;
  readonly heartbeatMs?: number | undefined;
  /** Where the node leases calls of quotas: what is notified of which sources there are, and which are closed. */
  readonly lives?: SourceLives | undefined;
}

/** SourceMessages are what is to be sent about the sources of a spool: their events, their ends, what is lost of them, and that they are still there. */
export class SourceMessages {
  readonly #folder: SpoolFolder;
  readonly #options: SourceMessagesOptions;
  /** What was acknowledged so far. */
  readonly counts = { shippedEvents: 0, lostEvents: 0 };

  constructor(folder: SpoolFolder, options: SourceMessagesOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** fullName is the name of a source among those of all nodes. */
  fullName({ name }: SourceLog): string {
    return `${this.#options.nodeId}/${name}`;
  }

  /** next is the next message about a source, if there is one. A file that cannot be read keeps its own source back only, and is tried again in every round. */
  async next(log: SourceLog): Promise<Outgoing | undefined> {
    try {
      const next = await this.#read(log);
      log.readProblem = "";
      return next;
    } catch (error) {
      const problem = String(error);
      if (log.readProblem !== problem)
        this.#options.logger.error(
          { source: this.fullName(log), error: problem },
          "a spool file cannot be read and is tried again",
        );
      log.readProblem = problem;
      return undefined;
    }
  }

  /** The next message about a source: events, its end, what is lost of it, or that it is still there. */
  async #read(log: SourceLog): Promise<Outgoing | undefined> {
    for (let segment = log.nextUnsent; segment; segment = log.nextUnsent) {
      const piece = await this.#folder.read(log, segment);
      if (piece.frames.length > 0) return this.#events(log, segment, piece);
      const { endBytes } = piece;
      const isAtEnd = segment.offsetBytes === endBytes;
      segment.offsetBytes = endBytes;
      if (isAtEnd && log.nextUnsent === segment) return undefined;
    }
    if (log.isFinal) return this.#closing(log);
    if (log.listedSeq > log.shippedSeq) return this.#lost(log, log.listedSeq);
    const { heartbeatMs = HEARTBEAT_MS } = this.#options;
    return log.recordedSeq > 0 && Date.now() - log.reportedMs >= heartbeatMs
      ? this.#report(log, false)
      : undefined;
  }

  #events(log: SourceLog, segment: Segment, { frames, endBytes, memory }: Piece): Outgoing {
    const [first, last] = [frames[0], frames.at(-1)] as [Frame, Frame];
    const lastSeq = last.firstSeq + last.count - 1;
    const count = lastSeq - first.firstSeq + 1;
    const lost = Math.max(0, first.firstSeq - log.expectedSeq);
    if (lost > 0) this.#reportLoss(log, first.firstSeq - 1);
    return {
      message: encodeBatchInPlace(memory, this.fullName(log), frames, {
        recordedSeq: Math.max(log.recordedSeq, lastSeq),
        leasesQuotas: this.#options.lives !== undefined,
      }),
      hasMore: segment.sizeBytes > endBytes || log.segments.at(-1) !== segment,
      acknowledged: () => {
        segment.offsetBytes = endBytes;
        log.shipped(lastSeq, Date.now());
        this.counts.shippedEvents += count;
        this.counts.lostEvents += lost;
      },
    };
  }

  #report(log: SourceLog, isClosed: boolean, settledSeq = log.shippedSeq): Outgoing {
    const lost = settledSeq - log.shippedSeq;
    return {
      message: encodeReport(this.fullName(log), { recordedSeq: log.recordedSeq, settledSeq, isClosed }),
      hasMore: false,
      acknowledged: () => {
        this.counts.lostEvents += lost;
        log.shipped(settledSeq, Date.now());
        if (!isClosed) return;
        const { lives } = this.#options;
        if (!lives || lives.sourceClosed(this.fullName(log))) this.#folder.forget(log);
      },
    };
  }

  /** A source that recorded nothing is not worth a message. */
  async #closing(log: SourceLog): Promise<Outgoing | undefined> {
    await this.#folder.free();
    if (log.segments.length > 0) return undefined;
    if (log.recordedSeq === 0) {
      const { lives } = this.#options;
      if (!lives || lives.sourceEmpty(this.fullName(log))) this.#folder.forget(log);
      return undefined;
    }
    if (log.recordedSeq > log.shippedSeq) this.#reportLoss(log, log.recordedSeq);
    return this.#report(log, true, log.recordedSeq);
  }

  #lost(log: SourceLog, settledSeq: number): Outgoing {
    this.#reportLoss(log, settledSeq);
    return this.#report(log, false, settledSeq);
  }

  #reportLoss(log: SourceLog, recordedSeq: number): void {
    this.#options.logger.error(
      { source: this.fullName(log), fromSeq: log.expectedSeq, toSeq: recordedSeq },
      `recorded ${this.#options.what} are gone from the spool`,
    );
  }
}
