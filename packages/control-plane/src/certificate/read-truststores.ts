import {
  type Entity,
  factCatalogue,
  nameOf,
  type Problem,
  problemAt,
  TRUSTSTORE_MAX,
  truststoreFacts,
} from "@tollgate/config";
import { signRequest } from "@tollgate/iam";
import { fetchWhole } from "@tollgate/pipeline";
import type { Upstreams } from "@tollgate/transport";
import type { AccountState } from "../mirror/mirror.ts";
import type { S3Object, TruststoreText } from "./s3-object.ts";
import { readTruststoreFile } from "./truststore-files.ts";

type Domain = Entity<"DomainName">;
type MutualTls = NonNullable<Domain["spec"]["mutualTlsAuthentication"]>;

const TIMEOUT_MS = 10_000;

const facts = factCatalogue({
  TRUSTSTORE_UNREADABLE: ({ uri, reason }: { uri: string; reason: string }) =>
    `the truststore ${uri} cannot be read: ${reason}`,
});

const objectOf = ({ truststoreUri = "", truststoreVersion: version }: MutualTls): S3Object => {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(truststoreUri) ?? [];
  return { bucket, key, version };
};

const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** TruststoreSources are where truststores come from. */
export interface TruststoreSources {
  readonly upstreams: Upstreams;
  /** TOLLGATE_TRUSTSTORES: a folder with a folder for each bucket; undefined: none. */
  readonly truststores?: string | undefined;
}

interface S3Endpoint {
  readonly url: string;
  readonly profile: string | undefined;
}

/** The endpoint of S3 that an account has named; undefined: none. */
function ownEndpoint(state: AccountState, region: string): S3Endpoint | undefined {
  const named = [`s3.${region}`, "s3.*"]
    .map((id) => state.find("ServiceEndpoint", "", id)?.spec)
    .find((spec) => spec !== undefined);
  return named && { url: named.url, profile: named.profile };
}

/** An object from where the account says, or else the operator: by a folder that stands for its bucket, or by an endpoint; undefined: from nowhere. */
async function findObject(
  object: S3Object,
  state: AccountState,
  { upstreams, truststores }: TruststoreSources,
): Promise<TruststoreText | undefined> {
  const own = ownEndpoint(state, upstreams.region);
  if (own) return readObject(object, own, upstreams);
  const file = truststores === undefined ? undefined : await readTruststoreFile(truststores, object);
  if (file) return file;
  const url = upstreams.defaultServiceEndpoints("s3", upstreams.region);
  return url === undefined ? undefined : readObject(object, { url, profile: undefined }, upstreams);
}

/** readObject reads an object (AWS: GetObject, by path). The reason is for whoever named it. */
async function readObject(
  { bucket, key, version }: S3Object,
  { url, profile }: S3Endpoint,
  { region, transport, credentials }: Upstreams,
): Promise<TruststoreText> {
  const base = new URL(url);
  const path = `${base.pathname.replace(/\/$/, "")}/${encoded(bucket)}/${key.split("/").map(encoded).join("/")}`;
  const query = version === undefined ? "" : `versionId=${encoded(version)}`;
  const headers = ["Host", base.host];
  const request = { method: "GET", path, query, headers, body: "" };
  const own = credentials(profile);
  if (own)
    headers.push(...signRequest(request, { credentials: own, region, service: "s3", unixMs: Date.now() }));
  const response = await fetchWhole(
    transport,
    {
      origin: base.origin,
      path: query === "" ? path : `${path}?${query}`,
      method: "GET",
      headers,
      body: undefined,
      timeoutMs: TIMEOUT_MS,
      tls: undefined,
      isServiceCall: true,
    },
    TRUSTSTORE_MAX,
  );
  if (response === "too-large") return { reason: `it has more than ${TRUSTSTORE_MAX} bytes` };
  if (typeof response === "string") return { reason: `the endpoint of s3 cannot be reached (${response})` };
  if (response.status === 200) return { text: response.body.toString("utf8") };
  const [, code = ""] = /<Code>([A-Za-z]{1,64})<\/Code>/.exec(response.body.toString("latin1")) ?? [];
  return { reason: `s3 responded ${response.status}${code && ` ${code}`}` };
}

/** Truststores are domains whose truststores have been read, and what keeps others from being written. */
export interface Truststores {
  readonly entities: readonly Entity[];
  readonly problems: readonly Problem[];
}

const isDomain = (entity: Entity): entity is Domain => entity.kind === "DomainName";

const isSameObject = (a: MutualTls, b: MutualTls | undefined): boolean =>
  a.truststoreUri === b?.truststoreUri && a.truststoreVersion === b?.truststoreVersion;

/**
 * readTruststores reads the truststores of domains that name one by its URI: when the URI or its version changes, and where none has been read yet (AWS:
 * only when a domain is written). Without a folder and an endpoint of S3, a domain stays without, and its calls are refused.
 */
export async function readTruststores(
  entities: readonly Entity[],
  state: AccountState,
  sources: TruststoreSources,
): Promise<Truststores> {
  const problems: Problem[] = [];
  const read = async (entity: Entity): Promise<Entity> => {
    if (!isDomain(entity)) return entity;
    const { mutualTlsAuthentication: wanted, ...spec } = entity.spec;
    if (wanted?.truststoreUri === undefined) return entity;
    const stored = (state.entities.get(nameOf(entity))?.entity as Domain | undefined)?.spec
      .mutualTlsAuthentication;
    const kept = stored?.truststore;
    const { truststore: given, ...named } = wanted;
    const withTruststore = (truststore: string | undefined): Entity => ({
      ...entity,
      spec: { ...spec, mutualTlsAuthentication: truststore === undefined ? named : { ...named, truststore } },
    });
    if (given !== undefined && given !== kept) return entity;
    if (kept !== undefined && isSameObject(wanted, stored)) return withTruststore(kept);
    const content = await findObject(objectOf(wanted), state, sources);
    if (!content) return withTruststore(undefined);
    const found =
      "text" in content
        ? truststoreFacts(content.text)
        : [facts.TRUSTSTORE_UNREADABLE({ uri: wanted.truststoreUri, reason: content.reason })];
    const path = `DomainName/${entity.id}.mutualTlsAuthentication.truststoreUri`;
    problems.push(...found.map((fact) => problemAt(path, fact)));
    return "text" in content && found.length === 0 ? withTruststore(content.text) : entity;
  };
  return { entities: await Promise.all(entities.map(read)), problems };
}
