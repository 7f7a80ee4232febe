import { createHash } from "node:crypto";
import type { Entity } from "@tollgate/config";
import type { Application } from "../../application.ts";
import { changeAccount } from "../../change/change.ts";
import { accountOf } from "../../config/wire.ts";

type AcmeAccount = Entity<"AcmeAccount">;

/** Longer than an order may take: a control plane that is killed in one keeps the others from ordering for so long. */
const LEASE_MS = 20 * 60 * 1000;

/** AcmeAccounts is the account at an authority, which the control planes of a cluster share. One of them orders at a time. */
export class AcmeAccounts {
  readonly #application: Application;
  readonly #directoryUrl: string;
  readonly #id: string;
  readonly #nowMs: () => number;

  constructor(application: Application, directoryUrl: string, nowMs: () => number) {
    this.#application = application;
    this.#directoryUrl = directoryUrl;
    this.#nowMs = nowMs;
    this.#id = createHash("sha256").update(directoryUrl).digest("hex").slice(0, 16);
  }

  /** lease makes this process the one that orders, for some time, and returns the key of the account in PEM; undefined: another one orders. */
  async lease(): Promise<string | undefined> {
    const { plane } = this.#application;
    let isMine = false;
    await this.#change((stored) => {
      const held = stored?.spec.lease;
      const leftMs = (held?.untilUnixMs ?? 0) - this.#nowMs();
      // One that lasts for longer than any does was taken by a clock that was wrong.
      isMine = held?.holder === plane || leftMs <= 0 || leftMs > 2 * LEASE_MS;
      return isMine ? { holder: plane, untilUnixMs: this.#nowMs() + LEASE_MS } : held;
    });
    return isMine ? this.#stored()?.spec.accountKey : undefined;
  }

  /** release lets another process order, unless this one has begun to order again by the time that it is written. */
  async release(isOver: () => boolean): Promise<void> {
    await this.#change((stored) => {
      const held = stored?.spec.lease;
      return held?.holder === this.#application.plane && isOver() ? undefined : held;
    });
  }

  #stored(): AcmeAccount | undefined {
    return this.#application.mirror.account(accountOf("")).find("AcmeAccount", "", this.#id);
  }

  async #change(
    leaseOf: (stored: AcmeAccount | undefined) => AcmeAccount["spec"]["lease"] | undefined,
  ): Promise<void> {
    await changeAccount(this.#application, {
      accountId: accountOf(""),
      asker: "allowed",
      want: (state) => {
        const stored = state.find("AcmeAccount", "", this.#id);
        const lease = leaseOf(stored);
        if (lease === stored?.spec.lease) return {};
        const { lease: _before, ...rest } = stored?.spec ?? { directoryUrl: this.#directoryUrl };
        const spec = { ...rest, ...(lease === undefined ? {} : { lease }) };
        return {
          entities: [{ kind: "AcmeAccount", apiId: "", id: this.#id, labels: stored?.labels ?? {}, spec }],
        };
      },
    });
  }
}
