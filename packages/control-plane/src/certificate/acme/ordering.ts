import type { Client } from "acme-client";
import { pemBlocks } from "@tollgate/certificates";
import type { Challenge } from "@tollgate/config";
import type { IssueCertificate } from "../issue-certificate.ts";
import { AcmeError } from "./acme-error.ts";
import type { AcmeSettings } from "./acme-settings.ts";
import { DnsProofs } from "./dns/dns-proofs.ts";
import { type CsrRequest, newCsr } from "./new-csr.ts";
import { openClient } from "./open-client.ts";
import { type Proof, type ProofType, placeOrder } from "./place-order.ts";

export type Issued = Awaited<ReturnType<IssueCertificate>>;

/** OrderRequest is a certificate to order. */
export interface OrderRequest extends CsrRequest {
  /** Whose names are proved. */
  readonly accountId: string;
  /** All names are proved by DNS; undefined: wildcards are. */
  readonly validation: "DNS" | undefined;
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

const NOTHING_TO_REMOVE: AsyncDisposable = { [Symbol.asyncDispose]: async () => undefined };

const isChallenge = (proof: Proof): proof is Challenge => proof.type !== "dns-01";

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
  const dns = settings.dns && new DnsProofs(settings.dns);
  /** The names that are proved by DNS. */
  const byDns = ({ names, validation }: OrderRequest): readonly string[] =>
    names.filter((name) => validation === "DNS" || name.startsWith("*."));
  const proofTypesOf = ({ failedAttempts, validation }: OrderRequest): readonly ProofType[] => {
    if (validation === "DNS") return ["dns-01"];
    const types = settings.challengeTypes;
    // Where one way in is closed, the other may be open.
    const turn = failedAttempts % types.length;
    return [...types.slice(turn), ...types.slice(0, turn), ...(dns ? (["dns-01"] as const) : [])];
  };
  const place = async (request: OrderRequest): Promise<Issued> => {
    const { names, keyType, accountId, accountKey, publish, signal } = request;
    const { privateKey, csr } = await newCsr({ names, keyType });
    const until = (ms: number) => wait(ms, signal);
    const publishAll = async (proofs: readonly Proof[]): Promise<AsyncDisposable> => {
      const ofNodes = proofs.filter(isChallenge);
      const ofDns = proofs.filter((proof) => !isChallenge(proof));
      if (ofNodes.length > 0) await publish(ofNodes);
      if (!dns || ofDns.length === 0) return NOTHING_TO_REMOVE;
      const texts = ofDns.map(({ name, keyAuthorization: text }) => ({ name, text }));
      return dns.publish(accountId, texts, until);
    };
    const proofTypes = proofTypesOf(request);
    const pem = await withClient(accountKey, (client) =>
      placeOrder({ client, names, csr, proofTypes, publish: publishAll, nowMs, wait: until }),
    );
    return { ...splitChain(pem), privateKey };
  };
  return {
    directoryUrl: settings.directoryUrl,
    async order(request) {
      request.signal.throwIfAborted();
      const names = byDns(request);
      if (names.length === 0) return place(request);
      if (!dns)
        throw new AcmeError(
          "unreachable",
          `${names.join(", ")} can be proved by DNS only, and TOLLGATE_ACME_DNS is not set on this control plane`,
        );
      const { accountId } = request;
      return dns.exclusively(accountId, names, async () => {
        await dns.checkDelegated(accountId, names);
        return place(request);
      });
    },
  };
}
