import { readFileSync } from "node:fs";
import { LRUCache } from "lru-cache";
import { type AwsCredentials, parseCredentialsFile } from "@tollgate/iam";
import type { Ports } from "@tollgate/pipeline";
import type { Logger } from "@tollgate/telemetry";
import { ClientCertificates } from "./client-certificates.ts";
import type { EgressDenied } from "./egress/connector.ts";
import { createEgressPolicy } from "./egress/policy.ts";
import { createUndiciTransport } from "./undici-transport.ts";
import type { UpstreamSettings } from "./upstream-settings.ts";
import { WaitingCalls } from "./waiting-calls.ts";

/** A credentials file is read again after this time, so that keys can be rotated while a node runs. */
const FILE_FRESH_MS = 60_000;
const NONE: ReadonlyMap<string, AwsCredentials> = new Map();

/** Profiles reads a credentials file when a profile is requested, at most once a minute. If it cannot be read, the last content stays in use. */
class Profiles {
  readonly #file: string | undefined;
  #profiles = NONE;
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(file: string | undefined) {
    this.#file = file;
  }

  get(profile: string): AwsCredentials | undefined {
    return this.#fresh().get(profile);
  }

  ofKey(accessKeyId: string): AwsCredentials | undefined {
    return [...this.#fresh().values()].find((credentials) => credentials.accessKeyId === accessKeyId);
  }

  #fresh(): ReadonlyMap<string, AwsCredentials> {
    if (this.#file !== undefined && performance.now() - this.#readMs > FILE_FRESH_MS) {
      this.#readMs = performance.now();
      try {
        this.#profiles = parseCredentialsFile(readFileSync(this.#file, "utf8"));
      } catch {
        // The file does not exist yet, or is being replaced; the next read finds it.
      }
    }
    return this.#profiles;
  }
}

/** Upstreams is everything that integrations need to call their targets. */
export type Upstreams = Pick<
  Ports,
  "region" | "transport" | "defaultServiceEndpoints" | "credentials" | "credentialsOfKey"
> & {
  /** Calls that were taken, but wait because the process has no time for more. */
  readonly waiting: WaitingCalls;
};

const TOLD_MAX = 1_000;
const TOLD_AGAIN_MS = 60_000;

/** The same connection is tried again and again: it is logged once a minute. */
function toldOnce(logger: Logger): (error: EgressDenied) => void {
  const told = new LRUCache<string, true>({ max: TOLD_MAX, ttl: TOLD_AGAIN_MS });
  return ({ message }) => {
    if (told.has(message)) return;
    told.set(message, true);
    logger.warn(message);
  };
}

/** openUpstreams opens the connections to upstreams that the settings describe. */
export function openUpstreams(
  {
    region,
    serviceEndpoints,
    credentials,
    credentialsFile,
    clientCertificates,
    connections,
    httpClient,
    offersHttp2,
    egress,
  }: UpstreamSettings,
  logger: Logger,
): Upstreams & AsyncDisposable {
  const waiting = new WaitingCalls();
  const certificates = new ClientCertificates({
    folder: clientCertificates,
    nowMs: () => performance.now(),
    report: (message) => logger.warn(message),
  });
  const transport = createUndiciTransport(
    {
      connections,
      httpClient,
      offersHttp2,
      clientCertificate: (id) => certificates.get(id),
      egress: {
        policy: createEgressPolicy(egress),
        trustedOrigins: new Set(Object.values(serviceEndpoints).map((url) => new URL(url).origin)),
        onDenied: toldOnce(logger),
      },
    },
    waiting,
  );
  const profiles = new Profiles(credentialsFile);
  return {
    region,
    transport,
    waiting,
    defaultServiceEndpoints: (service) => serviceEndpoints[service] ?? serviceEndpoints["*"],
    credentials: (profile) =>
      profile === undefined ? (credentials ?? profiles.get("default")) : profiles.get(profile),
    credentialsOfKey: (accessKeyId) =>
      credentials?.accessKeyId === accessKeyId ? credentials : profiles.ofKey(accessKeyId),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}
