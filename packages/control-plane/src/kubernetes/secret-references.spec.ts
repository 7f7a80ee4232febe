import { expect, it } from "vitest";
import type { Manifest } from "@tollgate/config";
import { Refusal } from "../refusal.ts";
import type { KubernetesObject } from "./objects.ts";
import { resolveSecrets, type SecretReader } from "./secret-references.ts";
import { SourceError } from "./source.ts";

const secret = (data: Readonly<Record<string, string>>): KubernetesObject => ({
  metadata: { namespace: "shop", name: "any", uid: "u", resourceVersion: "1" },
  data: Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
  ),
});
const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n";
const CHAIN = "-----BEGIN CERTIFICATE-----\nYg==\n-----END CERTIFICATE-----\n";
const KEY = "-----BEGIN PRIVATE KEY-----\nYw==\n-----END PRIVATE KEY-----\n";
const SECRETS: Readonly<Record<string, KubernetesObject>> = {
  partner: secret({ key: "partner-key" }),
  tls: secret({ "tls.crt": CERTIFICATE + CHAIN, "tls.key": KEY }),
};
const read: SecretReader = async (name) => SECRETS[name];

const ref = (name: string, key: string) => ({ valueFrom: { secretKeyRef: { name, key } } });
const key = (value: unknown): Manifest => ({ kind: "ApiKey", id: "a", spec: { name: "n", value } });

async function resolve(...manifests: readonly Manifest[]) {
  const names = new Set<string>();
  const result = await resolveSecrets(manifests, read, names).then(
    (resolved) => resolved.map(({ spec }) => spec),
    (error: unknown) => {
      if (!(error instanceof SourceError)) throw error;
      return error.problems.map(({ path, message }) => `${path}: ${message}`);
    },
  );
  return { result, names: [...names] };
}

it("a secret member is taken from a key of a Secret", async () => {
  expect(await resolve(key(ref("partner", "key")), key("its own"))).toEqual({
    result: [
      { name: "n", value: "partner-key" },
      { name: "n", value: "its own" },
    ],
    names: ["partner"],
  });
});

it("a secret member of any member of a map is, too", async () => {
  const user: Manifest = {
    kind: "User",
    id: "eve",
    spec: { accessKeys: { AKIA1: { secretAccessKey: ref("partner", "key") }, AKIA2: {} } },
  };
  expect((await resolve(user)).result).toEqual([
    { accessKeys: { AKIA1: { secretAccessKey: "partner-key" }, AKIA2: {} } },
  ]);
});

it("a Certificate is made of a Secret of type kubernetes.io/tls", async () => {
  const spec = { valueFrom: { secretRef: { name: "tls" } }, tags: { team: "shop" } };
  expect((await resolve({ kind: "Certificate", id: "shop", spec })).result).toEqual([
    { tags: { team: "shop" }, certificate: CERTIFICATE, certificateChain: CHAIN, privateKey: KEY },
  ]);
});

it("members that everybody may read are not resolved: who may not read Secrets could read them there", async () => {
  const spec = { name: ref("partner", "key"), description: ref("partner", "key") };
  expect(await resolve({ kind: "RestApi", id: "shop000001", spec })).toEqual({ result: [spec], names: [] });
});

it("what is missing is reported with its place, all of it, and known, so that it is noticed when it appears", async () => {
  const pair: Manifest = {
    kind: "Certificate",
    id: "shop",
    spec: { valueFrom: { secretRef: { name: "partner" } } },
  };
  expect(await resolve(key(ref("nobody", "key")), key(ref("partner", "kay")), pair)).toEqual({
    result: [
      "ApiKey/a.value: there is no Secret nobody in the namespace",
      "ApiKey/a.value: the Secret partner has no key kay",
      "Certificate/shop.valueFrom: the Secret partner has no key tls.crt",
      "Certificate/shop.valueFrom: the Secret partner has no key tls.key",
    ],
    names: ["nobody", "partner"],
  });
});

it.each(["", "..", ".", "a/b", "?watch=true"])(
  "'%s' is not read: it would be another path of the API server",
  async (name) => {
    expect(await resolve(key(ref(name, "key")))).toEqual({
      result: [`ApiKey/a.value: '${name}' is not the name of a Secret`],
      names: [],
    });
  },
);

it("where Secrets are not read, that is said", async () => {
  const refusing: SecretReader = async () => {
    throw new Refusal("not-configured", "Secrets are not read");
  };
  await expect(resolveSecrets([key(ref("partner", "key"))], refusing, new Set())).rejects.toThrow("not read");
});
