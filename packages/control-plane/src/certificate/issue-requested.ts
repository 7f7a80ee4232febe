import type { Challenge, Entity } from "@tollgate/config";
import type { Logger } from "@tollgate/telemetry";
import type { Application } from "../application.ts";
import { changeAccount } from "../change/change.ts";
import type { AccountState, MirrorListener } from "../mirror/mirror.ts";
import { AcmeAccounts } from "./acme/acme-account.ts";
import { AcmeError } from "./acme/acme-error.ts";
import type { Issued, Ordering } from "./acme/ordering.ts";
import { backoffMs } from "./backoff.ts";
import { isDue, lifeOf } from "./certificate-life.ts";
import type { IssueCertificate } from "./issue-certificate.ts";
import { nodesHave } from "./nodes-have.ts";
import {
  type BegunProgress,
  type CertificateRequest,
  checkIssued,
  type Due,
  dueRequests,
  type Progress,
  progressBegun,
  progressIssued,
  progressOf,
  subjectOf,
} from "./requested.ts";
import { Turns } from "./turns.ts";

/** AWS gives up a certificate that was never issued. */
const TIMED_OUT_MS = 72 * 60 * 60 * 1000;
/** How often all requests are looked at, whether one has changed or not. */
const LOOK_MS = 30_000;
/** Orders that are on their way at the same time: each may take minutes. */
const AT_ONCE = 16;
const MESSAGE_MAX = 4_096;

/** What was asked for was changed or deleted while it was issued. */
class Superseded extends Error {}

export interface RequestedOptions {
  readonly application: Application;
  /** By the internal authority. */
  readonly issue: IssueCertificate;
  /** undefined: there is no authority besides the internal one. */
  readonly ordering: Ordering | undefined;
  readonly logger: Pick<Logger, "info" | "warn">;
  readonly nowMs: () => number;
}

const asAcmeError = (error: unknown): AcmeError =>
  error instanceof AcmeError ? error : new AcmeError("internal", (error as Error).message);

/**
 * RequestedCertificates issues what CertificateRequests ask for, and renews what ACME has issued. Of the control planes of a cluster, one orders at a time. What
 * failed, and when it is tried again, is in the request, so that it outlives this process.
 */
export class RequestedCertificates implements MirrorListener, Disposable {
  readonly #options: RequestedOptions;
  readonly #accounts: AcmeAccounts | undefined;
  readonly #stopped = new AbortController();
  #isChanged = true;
  #lookedMs = Number.NEGATIVE_INFINITY;
  /** Requests that are being issued, by what they ask for. */
  readonly #begun = new Map<string, Due>();
  /** Runs that order: the last one releases the lease. */
  #ordering = 0;
  readonly #turns = new Turns(AT_ONCE);
  /** Requests whose failure could not be stored, and when they are tried again. */
  readonly #notBefore = new Map<string, number>();

  constructor(options: RequestedOptions) {
    this.#options = options;
    const { application, ordering, nowMs } = options;
    this.#accounts = ordering && new AcmeAccounts(application, ordering.directoryUrl, nowMs);
    application.mirror.listen(this);
  }

  /** What is on its way ends without a certificate, and is tried again by whoever orders next. */
  [Symbol.dispose](): void {
    this.#stopped.abort();
  }

  reset(): void {
    this.#isChanged = true;
  }

  commit(_revision: number, changes: Parameters<MirrorListener["commit"]>[1]): void {
    this.#isChanged ||= changes.some(
      ({ before, after }) => (after ?? before)?.entity.kind === "CertificateRequest",
    );
  }

  /**
   * run issues what is due, and is not being issued yet. What fails is in its request, and in the log. It resolves when that is done, and may be called
   * again before: an authority that takes its time for one certificate keeps no other waiting.
   */
  async run(): Promise<void> {
    const nowMs = this.#options.nowMs();
    if (!this.#isChanged && nowMs - this.#lookedMs < LOOK_MS) return;
    this.#isChanged = false;
    this.#lookedMs = nowMs;
    for (const [key, atMs] of this.#notBefore) if (atMs <= nowMs) this.#notBefore.delete(key);
    const due = [...this.#options.application.mirror.accounts]
      .flatMap(([accountId, state]) => dueRequests(accountId, state, nowMs))
      .filter((one) => !this.#notBefore.has(this.#keyOf(one)) && !this.#begun.has(this.#keyOf(one)));
    const [ordered, internal] = [
      due.filter((one) => this.#issuerOf(one.request) === "ACME"),
      // Those are renewed with all others of the internal authority.
      due.filter((one) => this.#issuerOf(one.request) === "INTERNAL" && !one.isRenewal),
    ];
    for (const one of [...ordered, ...internal]) this.#begun.set(this.#keyOf(one), one);
    for (const one of internal) {
      await this.#attempt(one, () => this.#issueInternally(one));
      this.#isOver(one);
    }
    try {
      if (ordered.length > 0) await this.#order(ordered);
    } finally {
      for (const one of ordered) this.#isOver(one);
    }
  }

  /** By now it may have begun again. */
  #isOver(one: Due): void {
    const key = this.#keyOf(one);
    if (this.#begun.get(key) === one) this.#begun.delete(key);
  }

  #keyOf = ({ accountId, request }: Due): string => `${accountId} ${request.id} ${subjectOf(request)}`;

  /** Once a certificate has come from an authority, its successors do, too. */
  #issuerOf({ spec: { authority, progress } }: CertificateRequest): "ACME" | "INTERNAL" {
    return authority ?? progress?.issuer ?? (this.#options.ordering ? "ACME" : "INTERNAL");
  }

  async #order(due: readonly Due[]): Promise<void> {
    const { ordering } = this.#options;
    if (!ordering || !this.#accounts) {
      const none = new AcmeError("unreachable", "TOLLGATE_ACME_DIRECTORY is not set on this control plane");
      for (const one of due) await this.#failed(one, none);
      return;
    }
    const accounts = this.#accounts;
    const orderWhenItsTurn = (one: Due) =>
      this.#turns.take(async () => {
        const accountKey = this.#stopped.signal.aborted ? undefined : await accounts.lease();
        if (accountKey === undefined || !this.#isStillDue(one)) return;
        await this.#attempt(one, () => this.#orderOne(ordering, accountKey, one));
        this.#isOver(one);
      });
    this.#ordering++;
    try {
      // The first makes the account where there is none.
      if ((await accounts.lease()) === undefined) return;
      const outcomes = await Promise.allSettled(due.map(orderWhenItsTurn));
      for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason as Error;
    } finally {
      if (--this.#ordering === 0) await accounts.release(() => this.#ordering === 0);
    }
  }

  /**
   * Whether something is to be done about a request now that this process may order: whoever could before may have done it. What that one has written came before
   * its lease ended, so it has been seen here.
   */
  #isStillDue({ accountId, request }: Due): boolean {
    const { application, nowMs } = this.#options;
    const due = dueRequests(accountId, application.mirror.account(accountId), nowMs());
    return due.some((one) => one.request.id === request.id);
  }

  async #attempt(one: Due, issue: () => Promise<Issued>): Promise<void> {
    const { logger } = this.#options;
    const { accountId, request } = one;
    try {
      const issued = await issue();
      checkIssued(issued, request);
      await this.#write(one, (current, state) => {
        const { id, spec } = current;
        const before = state.find("Certificate", "", id);
        const { certificateChain, ...rest } = issued;
        const certificate: Entity<"Certificate"> = {
          kind: "Certificate",
          apiId: "",
          id,
          labels: before?.labels ?? {},
          spec: {
            ...rest,
            ...(certificateChain === "" ? {} : { certificateChain }),
            origin: "ISSUED",
            ...(before ? { tags: before.spec.tags } : spec.tags && { tags: spec.tags }),
          },
        };
        const progress = progressIssued(this.#progressBegun(current), issued);
        return [certificate, { ...current, spec: { ...spec, progress } }];
      });
      logger.info(
        { accountId, certificate: request.id, names: request.spec.names },
        "a certificate was issued",
      );
      await this.#checkLife(one);
    } catch (error) {
      if (error instanceof Superseded || this.#stopped.signal.aborted) return;
      await this.#failed(one, asAcmeError(error));
    }
  }

  /** A certificate that is due as soon as it is there would be ordered again at once, until the authority refuses all orders. */
  async #checkLife(one: Due): Promise<void> {
    const { application, nowMs } = this.#options;
    const stored = application.mirror.account(one.accountId).find("Certificate", "", one.request.id);
    const life = stored && lifeOf(stored);
    if (!life || !isDue(life, nowMs())) return;
    const [now, end] = [nowMs(), life.toMs].map((ms) => new Date(ms).toISOString());
    const message = `a certificate was issued that ends at ${end}, and less than a third of its life is left at ${now}: is the clock of this control plane right?`;
    await this.#failed({ ...one, isRenewal: true }, new AcmeError("malformed", message));
  }

  #progressBegun(request: CertificateRequest): BegunProgress {
    return progressBegun(request, this.#issuerOf(request), this.#options.nowMs());
  }

  async #failed(one: Due, error: AcmeError): Promise<void> {
    const { logger, nowMs } = this.#options;
    const { accountId, request, isRenewal } = one;
    const { failedAttempts } = progressOf(request);
    const nextUnixMs = nowMs() + backoffMs(failedAttempts, error);
    logger.warn(
      { accountId, certificate: request.id, err: error, again: new Date(nextUnixMs).toISOString() },
      "a certificate was not issued",
    );
    const isLate = nowMs() - this.#progressBegun(request).beganUnixMs > TIMED_OUT_MS;
    const end = isRenewal ? undefined : error.isFinal ? "FAILED" : isLate ? "TIMED_OUT" : undefined;
    const failure = { type: error.type, message: error.message.slice(0, MESSAGE_MAX), unixMs: nowMs() };
    await this.#write(one, (current) => {
      const progress: Progress = {
        ...this.#progressBegun(current),
        failedAttempts: failedAttempts + 1,
        failure,
        nextUnixMs,
        ...(end === undefined ? {} : { end }),
      };
      return [{ ...current, spec: { ...current.spec, progress } }];
    }).catch((reason: unknown) => {
      if (reason instanceof Superseded) return;
      this.#notBefore.set(this.#keyOf(one), nextUnixMs);
      logger.warn(
        { accountId, certificate: request.id, err: reason },
        "why a certificate was not issued could not be stored",
      );
    });
  }

  async #issueInternally({ request: { spec } }: Due): Promise<Issued> {
    const [first = "", ...others] = spec.names;
    return this.#options.issue({ names: [first, ...others], keyType: spec.keyType });
  }

  async #orderOne(ordering: Ordering, accountKey: string, one: Due): Promise<Issued> {
    const { names, keyType, validation } = one.request.spec;
    return ordering.order({
      accountId: one.accountId,
      names,
      keyType,
      validation,
      accountKey,
      failedAttempts: progressOf(one.request).failedAttempts,
      publish: (challenges) => this.#publish(one, challenges),
      signal: this.#stopped.signal,
    });
  }

  async #publish(one: Due, challenges: readonly Challenge[]): Promise<void> {
    const { application, logger } = this.#options;
    const revision = await this.#write(one, (current) => [
      {
        ...current,
        spec: {
          ...current.spec,
          progress: { ...progressOf(current), ...this.#progressBegun(current), challenges: [...challenges] },
        },
      },
    ]);
    const { signal } = this.#stopped;
    const haveAll = await nodesHave(application, revision, signal);
    signal.throwIfAborted();
    if (haveAll) return;
    const { accountId, request } = one;
    logger.warn(
      { accountId, certificate: request.id },
      "not all nodes respond to the challenges of a certificate yet",
    );
  }

  /** Writes what becomes of a request, unless it asks for something else by now. Returns the revision. */
  async #write(
    { accountId, request }: Due,
    entitiesOf: (current: CertificateRequest, state: AccountState) => readonly Entity[],
  ): Promise<number> {
    const { revision } = await changeAccount(this.#options.application, {
      accountId,
      asker: "allowed",
      want: (state) => {
        const current = state.find("CertificateRequest", "", request.id);
        if (!current || subjectOf(current) !== subjectOf(request)) throw new Superseded();
        return { entities: entitiesOf(current, state) };
      },
    });
    return revision;
  }
}
