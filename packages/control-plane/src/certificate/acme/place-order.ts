import type { Authorization, Client, Order } from "acme-client";
import type { Challenge, ChallengeType } from "@tollgate/config";
import { AcmeError, type AcmeProblem, acmeErrorOf } from "./acme-error.ts";

/** An authority looks at challenges within seconds, and signs within minutes (RFC 8555, 7.1.6). */
const DECIDED_MS = 3 * 60 * 1000;
const POLL_MIN_MS = 200;
const POLL_MAX_MS = 5_000;

/** ProofType is how a name is proved: by the nodes, or by DNS (RFC 8555, 8.4). */
export type ProofType = ChallengeType | "dns-01";

/** Proof is a challenge that was chosen, and the response to it; of dns-01 the text of the record. */
export interface Proof extends Omit<Challenge, "type"> {
  readonly type: ProofType;
}

export interface OrderOptions {
  readonly client: Client;
  readonly names: readonly string[];
  /** PEM. */
  readonly csr: Buffer;
  /** The first that the authority offers is taken. */
  readonly proofTypes: readonly ProofType[];
  /** Resolves when an authority that looks finds the proofs. They may go when the result is disposed of. */
  readonly publish: (proofs: readonly Proof[]) => Promise<AsyncDisposable>;
  readonly nowMs: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
}

/** Reads something again, ever more slowly, until it is decided. */
async function decided<T>(
  { nowMs, wait }: OrderOptions,
  what: string,
  read: () => Promise<T | undefined>,
): Promise<T> {
  const endMs = nowMs() + DECIDED_MS;
  for (let pauseMs = POLL_MIN_MS; ; pauseMs = Math.min(2 * pauseMs, POLL_MAX_MS)) {
    const result = await read();
    if (result !== undefined) return result;
    if (nowMs() > endMs) throw new AcmeError("timeout", `${what} was not decided in ${DECIDED_MS / 1_000} s`);
    await wait(pauseMs);
  }
}

type Offered = Authorization["challenges"][number];

/** The challenge of an authorization that can be responded to. */
function chosen({ identifier, challenges }: Authorization, types: readonly ProofType[]): Offered {
  for (const type of types) {
    const offered = challenges.find((one) => one.type === type);
    if (offered) return offered;
  }
  const offers = challenges.map(({ type }) => type).join(", ");
  throw new AcmeError(
    "unsupportedIdentifier",
    `${identifier.value} can be proved by ${offers || "nothing"} only, and this gateway responds to ${types.join(", ")}: wildcards need dns-01, which TOLLGATE_ACME_DNS is for`,
  );
}

const errorOf = (what: string, problem: unknown): AcmeError =>
  acmeErrorOf((problem ?? {}) as AcmeProblem, what);

/** Whether all names are proved; throws if one cannot be. */
function areValid(authorizations: readonly Authorization[]): boolean {
  for (const { status, identifier, challenges } of authorizations) {
    if (status === "valid" || status === "pending") continue;
    const failed = challenges.find((one) => "error" in one && one.error);
    throw errorOf(
      `${identifier.value} was not proved`,
      failed && "error" in failed ? failed.error : undefined,
    );
  }
  return authorizations.every(({ status }) => status === "valid");
}

async function prove(options: OrderOptions, order: Order): Promise<void> {
  const { client, proofTypes, publish } = options;
  const authorizations = await client.getAuthorizations(order);
  const open = authorizations
    .filter(({ status }) => status === "pending")
    .map((authorization) => ({ authorization, offered: chosen(authorization, proofTypes) }));
  if (open.length === 0) {
    areValid(authorizations);
    return;
  }
  const proofs = await Promise.all(
    open.map(
      async ({ authorization, offered }): Promise<Proof> => ({
        type: offered.type as ProofType,
        name: authorization.identifier.value,
        token: offered.token,
        keyAuthorization: await client.getChallengeKeyAuthorization(offered),
      }),
    ),
  );
  await using _published = await publish(proofs);
  for (const { offered } of open) await client.completeChallenge(offered);
  await decided(options, "the proof of the names", async () =>
    areValid(await client.getAuthorizations(order)) ? true : undefined,
  );
}

/** placeOrder gets a certificate, and those that signed it, in PEM (RFC 8555, 7.4). Throws an AcmeError if it is not issued. */
export async function placeOrder(options: OrderOptions): Promise<string> {
  const { client, names, csr } = options;
  const order = await client.createOrder({
    identifiers: names.map((value) => ({ type: "dns", value })),
  });
  await prove(options, order);
  await decided(options, "the order", async () => {
    const { status, error } = (await client.getOrder(order)) as Order & { readonly error?: unknown };
    if (status === "invalid") throw errorOf("the order was refused", error);
    return status === "pending" ? undefined : true;
  });
  await client.finalizeOrder(order, csr);
  const issued = await decided(options, "the certificate", async () => {
    const current = (await client.getOrder(order)) as Order & { readonly error?: unknown };
    if (current.status === "invalid") throw errorOf("the order was refused", current.error);
    return current.status === "valid" ? current : undefined;
  });
  return client.getCertificate(issued);
}
