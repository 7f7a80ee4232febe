import type { Allowance } from "@tollgate/pipeline";
import type { QuotaTerms } from "@tollgate/redis";
import type { QuotaAsk, QuotaLease } from "../source.ts";
import { NodeShare } from "./node-shares.ts";
import type { QuotaShare } from "./quota-share.ts";

/** When what is left was set by hand; 0: it was not. */
export const grantTimeOf = ({ grant }: Allowance): number => grant?.grantTimeUnixMs ?? 0;

/** QuotaCounter is a node's share of one counter in one period, with what is under way for it. */
export class QuotaCounter extends NodeShare<QuotaAsk, QuotaLease> {
  readonly name: string;
  readonly calls: QuotaShare;
  /** Whether the period is the first of its counter: undefined until the server has said so. */
  isFirst: boolean | undefined;
  exhaustedUntilMs = 0;

  constructor(name: string, calls: QuotaShare) {
    super();
    this.name = name;
    this.calls = calls;
    this.isFirst = calls.allowance.offset === 0 ? false : undefined;
  }

  /** Names it among those of all periods. */
  get key(): string {
    return `${this.name} ${this.calls.allowance.period}`;
  }

  get terms(): QuotaTerms {
    const { period, endsUnixMs, limit, grant } = this.calls.allowance;
    const set = { grantUnixMs: grantTimeOf(this.calls.allowance), granted: grant?.remaining ?? 0 };
    return { counter: this.name, period, endsUnixMs, limit, ...set };
  }
}
