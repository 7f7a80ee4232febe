import type { Client } from "acme-client";
import { pemBlocks } from "@tollgate/certificates";
import type { Challenge } from "@tollgate/config";
import type { IssueCertificate } from "../issue-certificate.ts";
import { AcmeError } from "./acme-error.ts";
import type { AcmeSettings } from "./acme-settings.ts";
import { type CsrRequest, newCsr } from "./new-csr.ts";
import { openClient } from "./open-client.ts";
import { placeOrder } from "./place-order.ts";

export type Issued = Awaited<ReturnType<IssueCertificate>>;

/** OrderRequest is a certificate to order. */
export interface OrderRequest extends CsrRequest {
  /** PEM. */
  readonly accountKey: string;
  /** How many have failed before. */
  readonly failedAttempts: number;
  /** Resolves when nodes respond to challenges. */
  readonly publish: (challenges: readonly Challenge[]) => Promise<void>;
  /** Ends it without a certificate. */
  readonly signal: AbortSignal;
}

/** Ordering is how certificates are got from an authority. */
export interface Ordering {
  readonly directoryUrl: string;
  /** Throws an AcmeError if it is not issued. */
  order(request: OrderRequest): Promise<Issued>;
}

export interface Clock {
  readonly nowMs: () => number;
  /** Rejects when the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** The certificate and what signed it, from the PEM of an authority. */
function splitChain(pem: string): Pick<Issued, "certificate" | "certificateChain"> {
  const [certificate, ...chain] = pemBlocks(pem).map(({ text }) => text);
  if (certificate === undefined) throw new AcmeError("malformed", "the authority sent no certificate");
  return { certificate, certificateChain: chain.join("") };
}

/**
 * acmeOrdering orders from an authority of ACME. It opens one client, as its account has to be looked up once, and another one when an order has
 * failed: the authority may not know the account any more, or have moved.
 */
export function acmeOrdering(settings: AcmeSettings, { nowMs, wait }: Clock, open = openClient): Ordering {
  let opened: { readonly accountKey: string; readonly client: ReturnType<typeof openClient> } | undefined;
  const withClient = async <T>(accountKey: string, work: (client: Client) => Promise<T>): Promise<T> => {
    const mine =
      opened?.accountKey === accountKey ? opened : { accountKey, client: open(settings, accountKey) };
    opened = mine;
    try {
      return await work(await mine.client);
    } catch (error) {
      if (opened === mine) opened = undefined;
      throw error;
    }
  };
  return {
    directoryUrl: settings.directoryUrl,
    async order({ names, keyType, accountKey, failedAttempts, publish, signal }) {
      signal.throwIfAborted();
      const { privateKey, csr } = await newCsr({ names, keyType });
      const types = settings.challengeTypes;
      // Where one way in is closed, the other may be open.
      const turn = failedAttempts % types.length;
      const challengeTypes = [...types.slice(turn), ...types.slice(0, turn)];
      const until = (ms: number) => wait(ms, signal);
      const pem = await withClient(accountKey, (client) =>
        placeOrder({ client, names, csr, challengeTypes, publish, nowMs, wait: until }),
      );
      return { ...splitChain(pem), privateKey };
    },
  };
}
