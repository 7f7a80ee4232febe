import type { MeteredPrice } from "@tollgate/config";
import { earlier, later } from "./model/units.ts";

/** UnitsByKey is how many units each API key used. */
export type UnitsByKey = ReadonlyMap<string, bigint>;

/** KeyAllowance is what one key used of a price in a period, and how much of it the price includes for each key. */
export interface KeyAllowance {
  readonly apiKeyId: string;
  readonly quantity: bigint;
  readonly included: bigint;
}

/**
 * KeyAllowances counts what the prices of a period include for each key. A key's units are counted from its first of the period on: prices of several
 * versions with one id go on counting.
 */
export class KeyAllowances {
  readonly #byPrice = new Map<string, Map<string, { quantity: bigint; included: bigint }>>();

  /** take counts the units of a part of the period; returns how many of them are included. */
  take({ id, includedPerKey = 0 }: MeteredPrice, units: UnitsByKey): bigint {
    if (includedPerKey === 0) return 0n;
    const keys = this.#byPrice.get(id) ?? new Map<string, { quantity: bigint; included: bigint }>();
    this.#byPrice.set(id, keys);
    let all = 0n;
    for (const [apiKeyId, quantity] of units) {
      // Calls without a key are of an account's own usage: there is nobody for whom something is included.
      if (apiKeyId === "") continue;
      const { quantity: from, included: before } = keys.get(apiKeyId) ?? { quantity: 0n, included: 0n };
      const to = from + quantity;
      const included = later(0n, earlier(to, BigInt(includedPerKey)) - from);
      keys.set(apiKeyId, { quantity: to, included: before + included });
      all += included;
    }
    return all;
  }

  /** of is what each key used of a price, in the order of keys; none where the price includes nothing for each key. */
  of(priceId: string): readonly KeyAllowance[] {
    const keys = [...(this.#byPrice.get(priceId) ?? [])];
    return keys
      .map(([apiKeyId, counts]) => ({ apiKeyId, ...counts }))
      .sort((one, other) => (one.apiKeyId < other.apiKeyId ? -1 : 1));
  }
}
