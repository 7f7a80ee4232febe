import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "@tollgate/telemetry";
import { LogRefusal, refusals } from "../refusal.ts";
import { type GroupSettings, LogGroup, type LogStreamState, type NewRecord } from "./log-group.ts";
import { Positions } from "./positions.ts";

/** A segment of this size is compacted, and followed by another. */
const SEGMENT_BYTES = 8 * 1024 * 1024;
const SWEEP_INTERVAL_MS = 60_000;
/** What clients may create: each group has a file and a place in memory, and each stream one in the file of its group. */
const GROUPS_MAX = 10_000;
const STREAMS_MAX = 10_000;

export interface LogStoreOptions {
  readonly folder: string;
  /** Space for all groups: the oldest segments are removed beyond it. */
  readonly maxBytes: number;
  readonly nowMs: () => number;
  readonly logger: Logger;
  readonly segmentBytes?: number;
  /** Groups that clients may create for an account, and streams for a group. */
  readonly groupsMax?: number;
  readonly streamsMax?: number;
  /** How long a new group keeps its events, until somebody says otherwise; 0, or absent: as long as there is space. */
  readonly retentionDaysOf?: (logGroup: string) => number;
}

/** GroupName is a group of an account. */
export interface GroupName {
  readonly accountId: string;
  readonly logGroup: string;
}

/** StreamEvents are events of one stream that are to be stored. */
export interface StreamEvents extends GroupName {
  readonly stream: string;
  readonly events: readonly NewRecord[];
}

/** Follower hears what is stored. */
export interface Follower {
  add(events: StreamEvents): void;
}

const GROUP_NAME = /^[.\-_/#A-Za-z0-9]{1,512}$/;
const STREAM_NAME = /^[^:*]{1,512}$/;

/** LogStore is the log groups of all accounts, in files below one folder. One process has it. */
export class LogStore implements Disposable {
  readonly #options: LogStoreOptions;
  readonly #groups = new Map<string, LogGroup>();
  readonly #timer: NodeJS.Timeout;
  readonly positions: Positions;
  readonly #followers = new Set<Follower>();
  /** Segments that were removed because there was no space left for them. */
  removedForSpace = 0;

  private constructor(options: LogStoreOptions) {
    this.#options = options;
    this.positions = new Positions(options.folder);
    for (const account of readdirSync(options.folder, { withFileTypes: true })) {
      if (!account.isDirectory()) continue;
      for (const folder of readdirSync(join(options.folder, account.name))) this.#open(account.name, folder);
    }
    this.#timer = setInterval(() => this.#sweepSafely(), SWEEP_INTERVAL_MS);
    this.#timer.unref();
  }

  static open(options: LogStoreOptions): LogStore {
    mkdirSync(options.folder, { recursive: true });
    return new LogStore(options);
  }

  #open(account: string, name: string): void {
    const folder = join(this.#options.folder, account, name);
    if (!GROUP_FOLDER.test(name)) return;
    const group = LogGroup.open(folder);
    if (!group) {
      // A new group of its name must not write into the files of the old one.
      const kept = `${folder}.damaged-${this.#options.nowMs()}`;
      renameSync(folder, kept);
      this.#options.logger.error(
        { folder: kept },
        "a log group cannot be read: it is left out and kept aside",
      );
      return;
    }
    if (group.damaged > 0)
      this.#options.logger.error(
        { folder, logGroup: group.name, damaged: group.damaged },
        "parts of a log group are damaged: their events are missing",
      );
    this.#groups.set(keyOf({ accountId: group.accountId, logGroup: group.name }), group);
  }

  get sizeBytes(): number {
    return [...this.#groups.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  get damaged(): number {
    return [...this.#groups.values()].reduce((sum, { damaged }) => sum + damaged, 0);
  }

  groups(accountId: string): readonly LogGroup[] {
    return [...this.#groups.values()]
      .filter((group) => group.accountId === accountId)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  group(name: GroupName): LogGroup {
    const group = this.#groups.get(keyOf(name));
    if (!group) throw refusals.noGroup();
    return group;
  }

  createGroup(
    name: GroupName,
    { tags = {}, logGroupClass = "STANDARD" }: Partial<GroupSettings> = {},
  ): LogGroup {
    if (!GROUP_NAME.test(name.logGroup))
      throw new LogRefusal(
        "invalid",
        `1 validation error detected: Value '${name.logGroup}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+`,
      );
    if (this.#groups.has(keyOf(name))) throw refusals.groupExists();
    const { groupsMax = GROUPS_MAX } = this.#options;
    if (this.groups(name.accountId).length >= groupsMax) throw refusals.tooMany();
    return this.#create(name, { tags, logGroupClass });
  }

  #create(name: GroupName, settings: Omit<GroupSettings, "retentionDays">): LogGroup {
    const { accountId, logGroup } = name;
    const retentionDays = this.#options.retentionDaysOf?.(logGroup) ?? 0;
    const group = LogGroup.create(join(this.#options.folder, folderOf(accountId), digestOf(logGroup)), {
      accountId,
      name: logGroup,
      createdMs: this.#options.nowMs(),
      retentionDays,
      ...settings,
    });
    this.#groups.set(keyOf(name), group);
    return group;
  }

  deleteGroup(name: GroupName): void {
    this.group(name).remove();
    this.#groups.delete(keyOf(name));
  }

  stream(name: GroupName, stream: string): LogStreamState {
    const state = this.group(name).streams.get(stream);
    if (!state) throw refusals.noStream();
    return state;
  }

  createStream(name: GroupName, stream: string): LogStreamState {
    if (!STREAM_NAME.test(stream))
      throw new LogRefusal(
        "invalid",
        `1 validation error detected: Value '${stream}' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*`,
      );
    const { nowMs, streamsMax = STREAMS_MAX } = this.#options;
    const group = this.group(name);
    if (group.streams.size >= streamsMax && !group.streams.has(stream)) throw refusals.tooMany();
    return group.createStream(stream, nowMs());
  }

  /** append stores events; groups and streams that do not exist are created. What is stored when it returns survives the end of the process. */
  append(given: readonly StreamEvents[]): void {
    const { nowMs, segmentBytes = SEGMENT_BYTES } = this.#options;
    for (const [key, ofGroup] of Map.groupBy(given, keyOf)) {
      const [first] = ofGroup as [StreamEvents];
      const group = this.#groups.get(key) ?? this.#create(first, NEW_GROUP);
      const blocks = [...Map.groupBy(ofGroup, ({ stream }) => stream)].flatMap(([name, parts]) => {
        const stream = group.streams.get(name) ?? group.createStream(name, nowMs());
        return (
          group.encode(
            stream,
            parts.flatMap(({ events }) => events),
          ) ?? []
        );
      });
      if (blocks.length > 0 && group.append(blocks, segmentBytes)) this.#compact(group);
    }
    for (const follower of this.#followers) for (const events of given) follower.add(events);
  }

  /** follow passes what is stored from now on, until it is disposed. What arrives twice may be passed twice. */
  follow(follower: Follower): Disposable {
    this.#followers.add(follower);
    return { [Symbol.dispose]: () => void this.#followers.delete(follower) };
  }

  get followers(): number {
    return this.#followers.size;
  }

  #compact(group: LogGroup): void {
    if (group.readers > 0) return;
    try {
      group.compact();
    } catch (error) {
      this.#options.logger.warn(
        { logGroup: group.name, error: String(error) },
        "a log group cannot be compacted and takes more space than it would",
      );
    }
    this.#sweepSafely();
  }

  /** What cannot be removed now, on a full or failing disk, is tried again with the next sweep: events are stored meanwhile. */
  #sweepSafely(): void {
    try {
      this.sweep();
    } catch (error) {
      this.#options.logger.error({ error: String(error) }, "old log events cannot be removed");
    }
  }

  /** sweep removes what is older than a group keeps its events, streams included, and where there is no space for all the oldest segments of who keeps most. */
  sweep(): void {
    const now = this.#options.nowMs();
    for (const group of this.#groups.values()) {
      const expiredMs = group.expiredBeforeMs(now);
      for (const segment of group.segments)
        if (segment.sizeBytes > 0 && segment.lastMs < expiredMs) group.removeSegment(segment);
      group.dropExpired(expiredMs);
    }
    let size = this.sizeBytes;
    while (size > this.#options.maxBytes) {
      const freed = this.#removeOldest();
      if (freed === 0) return;
      size -= freed;
    }
  }

  /** The account that keeps most; undefined: there is none. */
  get #largestAccount(): string | undefined {
    const sizes = new Map<string, number>();
    for (const { accountId, sizeBytes } of this.#groups.values())
      sizes.set(accountId, (sizes.get(accountId) ?? 0) + sizeBytes);
    const largest = Math.max(...sizes.values());
    return [...sizes].find(([, bytes]) => bytes === largest)?.[0];
  }

  /** Of the account that keeps most: nobody can log so much that the events of others are removed. */
  #removeOldest(): number {
    const account = this.#largestAccount;
    const all = [...this.#groups.values()]
      .filter(({ accountId }) => accountId === account)
      .flatMap((group) =>
        group.segments.filter(({ sizeBytes }) => sizeBytes > 0).map((segment) => ({ group, segment })),
      );
    const oldest = all.reduce<(typeof all)[number] | undefined>(
      (first, one) => (!first || one.segment.lastMs < first.segment.lastMs ? one : first),
      undefined,
    );
    if (!oldest) return 0;
    const { group, segment } = oldest;
    const { sizeBytes, lastMs } = segment;
    this.removedForSpace++;
    this.#options.logger.warn(
      { logGroup: group.name, bytes: sizeBytes, eventsBefore: new Date(lastMs).toISOString() },
      "the oldest log events are removed: the log store is full (TOLLGATE_LOG_STORE_MB)",
    );
    group.removeSegment(segment);
    return sizeBytes;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

const NEW_GROUP = { tags: {}, logGroupClass: "STANDARD" };
const keyOf = ({ accountId, logGroup }: GroupName): string => `${accountId}\n${logGroup}`;
/** An id of an account is the name of a folder, unless it could be that of another. */
const folderOf = (accountId: string): string =>
  /^[\w-]{1,64}$/.test(accountId) ? accountId : digestOf(accountId);
const GROUP_FOLDER = /^[0-9a-f]{32}$/;
/** Names of groups are longer than those of files may be. */
const digestOf = (name: string): string => createHash("sha256").update(name).digest("hex").slice(0, 32);
