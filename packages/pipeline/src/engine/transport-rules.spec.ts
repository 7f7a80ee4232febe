import { expect, it } from "vitest";
import { SECURITY_POLICIES } from "@tollgate/config";
import type { Call } from "../call/call.ts";
import { meets, transportRuleOf } from "./transport-rules.ts";

const NAME = "api.execute-api.local";
const suites = {
  "1.3 AES": ["TLSv1.3", "TLS_AES_128_GCM_SHA256"],
  "1.3 ChaCha20": ["TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256"],
  "1.2 ECDHE GCM": ["TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
  "1.2 ECDHE ChaCha20": ["TLSv1.2", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"],
  "1.2 ECDHE CBC": ["TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"],
  "1.2 RSA": ["TLSv1.2", "TLS_RSA_WITH_AES_128_GCM_SHA256"],
  "1.2 SHA-1": ["TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"],
  "1.0": ["TLSv1", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"],
} as const;
const ALL = Object.keys(suites) as (keyof typeof suites)[];

const callBy = (suite: keyof typeof suites | undefined, serverName = NAME) => {
  const [version, cipherSuite] = suite === undefined ? [] : suites[suite];
  return {
    host: `${NAME.toUpperCase()}:8443`,
    tls: suite && { version, cipherSuite, serverName },
  } as unknown as Call;
};

const taken = (securityPolicy: string | undefined, endpointAccessMode?: string) => {
  const rule = transportRuleOf({ securityPolicy, endpointAccessMode });
  return ALL.filter((suite) => rule === undefined || meets(rule, callBy(suite))).join(", ");
};

const LEGACY = ALL.join(", ");
const WIDE = ALL.slice(0, -2).join(", ");
const GCM = "1.3 AES, 1.3 ChaCha20, 1.2 ECDHE GCM";
const POLICIES: Readonly<Record<keyof typeof SECURITY_POLICIES, string>> = {
  TLS_1_0: LEGACY,
  TLS_1_2: WIDE,
  SecurityPolicy_TLS13_1_3_2025_09: "1.3 AES, 1.3 ChaCha20",
  SecurityPolicy_TLS13_1_3_FIPS_2025_09: "1.3 AES",
  SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09: GCM,
  SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09: "1.3 AES, 1.2 ECDHE GCM, 1.2 ECDHE CBC, 1.2 RSA",
  SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09: "1.3 AES, 1.2 ECDHE GCM",
  SecurityPolicy_TLS13_1_2_PQ_2025_09: WIDE,
  SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09: WIDE,
  SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09: "1.3 AES, 1.2 ECDHE GCM, 1.2 ECDHE CBC, 1.2 RSA",
  SecurityPolicy_TLS13_1_2_2021_06: WIDE,
  SecurityPolicy_TLS13_2025_EDGE: "1.3 AES, 1.3 ChaCha20",
  SecurityPolicy_TLS12_PFS_2025_EDGE: `${GCM}, 1.2 ECDHE ChaCha20`,
  SecurityPolicy_TLS12_2018_EDGE: WIDE,
  "one that is not known": "1.3 AES, 1.3 ChaCha20",
};

it.each(Object.entries(POLICIES))("an API with %s takes calls by %s", (policy, wanted) => {
  expect(taken(policy)).toBe(wanted);
});

it("each policy of AWS is one of these", () => {
  expect(Object.keys(POLICIES)).toEqual([...Object.keys(SECURITY_POLICIES), "one that is not known"]);
});

it("an API asks for nothing unless its policy or its mode does", () => {
  expect([undefined, "TLS_1_0"].map((securityPolicy) => transportRuleOf({ securityPolicy }))).toEqual([
    undefined,
    undefined,
  ]);
  expect(transportRuleOf({ endpointAccessMode: "BASIC" })).toBeUndefined();
});

it.each<[string, keyof typeof suites | undefined, string, boolean]>([
  ["its own name", "1.3 AES", NAME, true],
  ["its own name, by TLS 1.2", "1.2 RSA", NAME, true],
  ["its own name, by TLS 1.0", "1.0", NAME, true],
  ["another name", "1.3 AES", "shop.example.com", false],
  ["no name", "1.3 AES", "", false],
  ["nothing, without TLS", undefined, NAME, false],
])("a strict API, whose client asked for %s", (_what, suite, serverName, wanted) => {
  const rule = transportRuleOf({ endpointAccessMode: "STRICT" });
  expect(rule && meets(rule, callBy(suite, serverName))).toBe(wanted);
});

it("what came without TLS meets a policy, as whoever serves it has ended TLS in front of the node", () => {
  const rule = transportRuleOf({
    securityPolicy: "SecurityPolicy_TLS13_1_3_2025_09",
    endpointAccessMode: "BASIC",
  });
  expect(rule && meets(rule, callBy(undefined))).toBe(true);
});
