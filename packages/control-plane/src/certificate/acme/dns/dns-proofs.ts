import { Resolver } from "node:dns/promises";
import { validationRecord } from "@tollgate/config";
import { AcmeError } from "../acme-error.ts";
import { type DnsSettings, parseTsigKey, type TsigKey } from "./dns-settings.ts";
import { sendUpdate } from "./send-update.ts";
import { updateMessage } from "./update-message.ts";

/** Records are gone when the authority has looked: resolvers need not keep them. */
const TTL_SECONDS = 1;
const LOOKUP_MS = 5_000;
const LOOKUP_TRIES = 2;

/** DnsProof is what an authority looks for under a name (RFC 8555, 8.4). */
export interface DnsProof {
  /** Without `*.`. */
  readonly name: string;
  /** The digest of the key authorization, in base64url. */
  readonly text: string;
}

export interface Wait {
  (ms: number): Promise<unknown>;
}

/** What a name server said, or why it did not. */
const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
const IS_ABSENT: ReadonlySet<string> = new Set(["ENODATA", "ENOTFOUND"]);

/**
 * DnsProofs proves names by records of DNS. The owner of a name creates a CNAME once that leads to a name in the operator's zone, and the record that an order asks for
 * is written there: no key for anybody else's zone is needed.
 */
export class DnsProofs {
  readonly #settings: DnsSettings;
  readonly #resolver: Resolver;
  /** Orders that prove the same name wait for each other: the records of a name are those of one order. */
  readonly #busy = new Map<string, Promise<unknown>>();

  constructor(settings: DnsSettings) {
    this.#settings = settings;
    this.#resolver = new Resolver({ timeout: LOOKUP_MS, tries: LOOKUP_TRIES });
    if (settings.resolvers.length > 0) this.#resolver.setServers([...settings.resolvers]);
  }

  /** checkDelegated throws an AcmeError if the records of some names do not lead here: an authority that is asked all the same counts a failure. */
  async checkDelegated(accountId: string, names: readonly string[]): Promise<void> {
    const records = new Map(
      names.map((name) => {
        const record = validationRecord(this.#settings.zone, accountId, name);
        return [record.name, record.value];
      }),
    );
    const problems = await Promise.all([...records].map(([name, value]) => this.#problemOf(name, value)));
    const found = problems.filter((problem) => problem !== undefined);
    if (found.length > 0) throw new AcmeError("notDelegated", found.join("; "));
  }

  async #problemOf(name: string, value: string): Promise<string | undefined> {
    try {
      const [target] = await this.#resolver.resolveCname(name);
      if (target?.toLowerCase() === value) return undefined;
      return `the CNAME record of ${name} leads to ${target}, and must lead to ${value}`;
    } catch (error) {
      const code = codeOf(error);
      return IS_ABSENT.has(code)
        ? `there is no record: create ${name} CNAME ${value}`
        : `the CNAME record of ${name} could not be looked up: ${code}`;
    }
  }

  /** exclusively does what proves names of an account when no other order proves one of them. */
  async exclusively<T>(accountId: string, names: readonly string[], work: () => Promise<T>): Promise<T> {
    const owners = [...new Set(names.map((name) => this.#ownerOf(accountId, name)))];
    const before = owners.flatMap((owner) => this.#busy.get(owner) ?? []);
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const owner of owners) this.#busy.set(owner, promise);
    try {
      await Promise.all(before);
      return await work();
    } finally {
      resolve();
      for (const owner of owners) if (this.#busy.get(owner) === promise) this.#busy.delete(owner);
    }
  }

  /** publish writes proofs, and what an order that was killed left goes. They are there until the result is disposed of. */
  async publish(accountId: string, proofs: readonly DnsProof[], wait: Wait): Promise<AsyncDisposable> {
    const byOwner = Map.groupBy(proofs, ({ name }) => this.#ownerOf(accountId, name));
    const written = new AsyncDisposableStack();
    try {
      for (const [owner, own] of byOwner) {
        const texts = own.map(({ text }) => text);
        // What cannot be removed goes with the next order for the name.
        written.defer(() => this.#write(owner, []).catch(() => undefined));
        await this.#write(owner, texts);
      }
      if (this.#settings.delayMs > 0) await wait(this.#settings.delayMs);
      return written;
    } catch (error) {
      await written.disposeAsync();
      throw error;
    }
  }

  #ownerOf = (accountId: string, name: string): string =>
    validationRecord(this.#settings.zone, accountId, name).value;

  #write(name: string, texts: readonly string[]): Promise<void> {
    const { zone, key } = this.#settings;
    const update = { zone, name, texts, ttl: TTL_SECONDS };
    return sendUpdate(
      this.#settings,
      updateMessage(update, parseTsigKey(key.current()) as TsigKey, Date.now()),
    );
  }
}
