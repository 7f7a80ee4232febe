import {
  ACCOUNT,
  API,
  CONNECTION_KEY,
  CONNECTION_PLAN,
  CUSTOMER,
  DEPLOYMENT,
  DOMAIN,
  type EventView,
  KEY,
  PLAN,
  REGION,
  STAGE,
} from "@tollgate/usage-stream";
import { CombinationNumbers } from "./combination-numbers.ts";
import { Listed } from "./combination-sums.ts";
import { Combinations } from "./combinations.ts";
import { MeterSums } from "./meter-sums.ts";

/** The texts that units are stored by. */
const TEXTS = [
  ACCOUNT,
  API,
  STAGE,
  PLAN,
  KEY,
  CONNECTION_PLAN,
  CONNECTION_KEY,
  CUSTOMER,
  DOMAIN,
  REGION,
  DEPLOYMENT,
] as const;
const REST = TEXTS.length;

/** UnitGroup is what events come to that differ in nothing that units are stored by. */
export interface UnitGroup {
  /** One of them. */
  readonly event: EventView;
  readonly slotUnixMs: number;
  readonly units: MeterSums;
  calls: number;
}

/** UnitGroups puts an event with those that differ from it in nothing that units are stored by: each table has one addition for a group, not for an event. */
export class UnitGroups {
  readonly #groups = new Combinations<UnitGroup>(REST + 7);
  readonly #slots = new Listed<number>();
  readonly #revisions = new Listed<number>();
  /** Lists of tags: each is one that has its last tag less, and that tag. */
  readonly #tagLists = new CombinationNumbers(3);

  /** of is the group of an event in a quarter of an hour. */
  of(event: EventView, slotUnixMs: number): UnitGroup {
    const { key } = this.#groups;
    const { texts } = event;
    for (let i = 0; i < REST; i++) key[i] = texts[TEXTS[i] as number] as number;
    key[REST] = event.freeReason;
    key[REST + 1] = event.cacheOutcome;
    key[REST + 2] = event.authorizerOutcome;
    key[REST + 3] = event.streamed ? 1 : 0;
    key[REST + 4] = this.#revisions.numberOf(event.configRevision);
    key[REST + 5] = this.#slots.numberOf(slotUnixMs);
    key[REST + 6] = this.#tagsOf(event);
    return this.#groups.get() ?? this.#groups.add(newGroup(event, slotUnixMs));
  }

  /** In the order in which they came. */
  get all(): readonly UnitGroup[] {
    return this.#groups.values;
  }

  /** The number of an event's list of tags; 0: it has none. */
  #tagsOf({ tagTexts }: EventView): number {
    const lists = this.#tagLists;
    let list = 0;
    for (let i = 0; i < tagTexts.length; i += 2) {
      lists.key[0] = list;
      lists.key[1] = tagTexts[i] as number;
      lists.key[2] = tagTexts[i + 1] as number;
      const known = lists.get();
      list = (known < 0 ? lists.add() : known) + 1;
    }
    return list;
  }
}

const newGroup = (event: EventView, slotUnixMs: number): UnitGroup => ({
  event: event.copy(),
  slotUnixMs,
  units: new MeterSums(),
  calls: 0,
});
