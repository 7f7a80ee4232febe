import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseCredentialsFile, type AwsCredentials } from "@tollgate/iam";
import type { Ports } from "@tollgate/pipeline";
import { createUndiciTransport, type ClientCertificate } from "./undici-transport.ts";
import type { UpstreamSettings } from "./upstream-settings.ts";

/** A credentials file is read again after this time: keys are rotated under a running node. */
const FILE_FRESH_MS = 60_000;
const NONE: ReadonlyMap<string, AwsCredentials> = new Map();

/** Profiles reads a credentials file when a profile is asked for, at most once a minute. A file that cannot be read keeps its last content. */
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
        // Not there yet, or being replaced: the next reading finds it.
      }
    }
    return this.#profiles;
  }
}

const clientCertificateFrom =
  (folder: string | undefined) =>
  (id: string): ClientCertificate => {
    if (folder === undefined)
      throw new Error(`client certificate '${id}' is asked for, but TOLLGATE_CLIENT_CERTIFICATES is not set`);
    const read = (name: string) => readFileSync(join(folder, id, name), "utf8");
    return { certificate: read("tls.crt"), privateKey: read("tls.key") };
  };

/** Upstreams are the doors to integrations. */
export type Upstreams = Pick<
  Ports,
  "region" | "transport" | "defaultServiceEndpoints" | "credentials" | "credentialsOfKey"
>;

/** openUpstreams are the doors to integrations, as the settings say. */
export function openUpstreams({
  region,
  serviceEndpoints,
  credentials,
  credentialsFile,
  clientCertificates,
}: UpstreamSettings): Upstreams & AsyncDisposable {
  const transport = createUndiciTransport({ clientCertificate: clientCertificateFrom(clientCertificates) });
  const profiles = new Profiles(credentialsFile);
  return {
    region,
    transport,
    defaultServiceEndpoints: (service) => serviceEndpoints[service] ?? serviceEndpoints["*"],
    credentials: (profile) =>
      profile === undefined ? (credentials ?? profiles.get("default")) : profiles.get(profile),
    credentialsOfKey: (accessKeyId) =>
      credentials?.accessKeyId === accessKeyId ? credentials : profiles.ofKey(accessKeyId),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}
