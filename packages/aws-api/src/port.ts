import type { Entity, EntityRef, Kind, Manifest } from "@tollgate/config";
import type { ExportSource } from "@tollgate/openapi";
import type { AlarmsPort } from "./alarms-port.ts";
import type { LogsPort } from "./logs-port.ts";
import type { MetricsPort } from "./metrics-port.ts";
import type { TracesPort } from "./traces-port.ts";

/** Stored is an entity with the times at which it was written. */
export interface Stored<K extends Kind = Kind> {
  readonly entity: Entity<K>;
  /** 0: unknown. */
  readonly createdUnixMs: number;
  readonly updatedUnixMs: number;
}

/** AccountView is the config of one account at one revision. */
export interface AccountView {
  readonly accountId: string;
  /** `apiId` is empty for kinds that belong to the account. */
  get<K extends Kind>(kind: K, apiId: string, id: string): Stored<K> | undefined;
  /** Not sorted. */
  list<K extends Kind>(kind: K, apiId: string): readonly Stored<K>[];
  /** The API key with the value that callers send. There may be a million keys: this is no search. */
  keyWith(value: string): Stored<"ApiKey"> | undefined;
}

/** Draft is an entity that is to be written. It is parsed and checked before it is stored. */
export interface Draft {
  readonly kind: Kind;
  readonly apiId: string;
  readonly id: string;
  readonly spec: unknown;
}

/** draftOf turns a manifest of a known kind into a draft. */
export const draftOf = ({ kind, apiId = "", id = "", spec }: Manifest): Draft => ({
  kind: kind as Kind,
  apiId,
  id,
  spec,
});

/** DeploymentDraft is a new deployment. It freezes the API as it is after the change that contains the draft. */
export interface DeploymentDraft {
  readonly apiId: string;
  readonly id: string;
  readonly description: string;
}

/** Change is everything that one operation writes. It is written completely or not at all. */
export interface Change {
  readonly puts?: readonly Draft[];
  readonly deletes?: readonly EntityRef[];
  readonly deployments?: readonly DeploymentDraft[];
}

/** TestRequest is a test call of a method as it is configured now, without a deployment. */
export interface TestRequest {
  readonly apiId: string;
  readonly resourceId: string;
  readonly httpMethod: string;
  readonly pathWithQueryString: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly clientCertificateId: string;
}

export interface TestResult {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly log: string;
  readonly latencyMs: number;
}

/** TestAuthorizerRequest is a test call of an authorizer, without a method. */
export interface TestAuthorizerRequest {
  readonly apiId: string;
  readonly authorizerId: string;
  readonly pathWithQueryString: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly stageVariables: Readonly<Record<string, string>>;
}

/** TestAuthorizerResult is the result of an authorizer; members that it did not return are absent. */
export interface TestAuthorizerResult {
  /** The status that a client would get. 0: the authorizer has responded. */
  readonly clientStatus: number;
  readonly log: string;
  readonly latencyMs: number;
  readonly principalId: string | undefined;
  /** JSON of the policy that a Lambda authorizer returned. */
  readonly policy: string | undefined;
  readonly context: Readonly<Record<string, string>> | undefined;
  readonly claims: Readonly<Record<string, string>> | undefined;
}

/** KeyUsage is the number of calls with an API key of a plan in one UTC day. */
export interface KeyUsage {
  readonly apiKeyId: string;
  readonly dayUnixMs: number;
  readonly callCount: number;
}

export interface KeyUsageRequest {
  readonly usagePlanId: string;
  /** undefined: all keys. */
  readonly apiKeyId: string | undefined;
  /** Inclusive. */
  readonly startUnixMs: number;
  /** Exclusive. */
  readonly endUnixMs: number;
}

/** SampleRequest names a rule of a web ACL by what it is counted as, and a time. */
export interface SampleRequest {
  readonly webAclArn: string;
  /** The metric name of a rule, Default_Action, or ALL. */
  readonly metricName: string;
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  readonly limit: number;
}

/** SampledRequest is a request that a web ACL inspected. */
export interface SampledRequest {
  readonly unixMs: number;
  readonly clientIp: string;
  readonly method: string;
  readonly uri: string;
  readonly httpVersion: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Those that rules inserted. */
  readonly insertedHeaders: readonly (readonly [name: string, value: string])[];
  /** How many requests it stands for. */
  readonly weight: number;
  readonly action: string;
  readonly ruleNameInGroup: string | undefined;
  /** undefined: the web ACL let it pass. */
  readonly responseCode: number | undefined;
  readonly labels: readonly string[];
}

export interface SampledRequests {
  /** The last one first. */
  readonly samples: readonly SampledRequest[];
  /** How many requests they stand for. */
  readonly population: number;
}

/** SdkTypeView is a language for which SDKs can be generated. */
export interface SdkTypeView {
  readonly id: string;
  readonly friendlyName: string;
  readonly description: string;
  readonly configurationProperties: readonly object[];
}

/** NewCertificate is a private key and its self-signed certificate, in PEM. */
export interface NewCertificate {
  readonly pemEncodedCertificate: string;
  readonly privateKey: string;
}

/** IssueRequest is a certificate that is asked for. */
export interface IssueRequest {
  /** Host names, also *.names; the first is the subject's. */
  readonly names: readonly [string, ...string[]];
  readonly keyType: "EC_prime256v1" | "RSA_2048";
}

/** IssuedCertificate is a certificate of the internal authority and its private key, in PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  /** Of the authority. */
  readonly certificateChain: string;
  readonly privateKey: string;
}

/** ServedStage names a stage of a REST API. */
export interface ServedStage {
  readonly accountId: string;
  readonly region: string;
  readonly apiId: string;
  readonly stageName: string;
}

/**
 * ApplicationPort is the control plane's application as these APIs call it. It throws its refusals, which the host maps to errors of AWS.
 * `change` computes a change from one state of the account and writes it:
 *
 *     await application.change(accountId, (account) => ({ deletes: [{ kind: "ApiKey", apiId: "", id }] }));
 */
export interface ApplicationPort {
  account(accountId: string): AccountView;
  /** Computes a change from one state of the account and writes it. If another change was written first, it is computed again. */
  change(accountId: string, decide: (account: AccountView) => Change): Promise<AccountView>;
  /** The deployed API of a stage, for exports and SDKs. */
  servedDefinition(stage: ServedStage): ExportSource;
  testInvoke(accountId: string, request: TestRequest): Promise<TestResult>;
  testInvokeAuthorizer(accountId: string, request: TestAuthorizerRequest): Promise<TestAuthorizerResult>;
  /** The usage that metering has counted, without days without calls. */
  keyUsage(accountId: string, request: KeyUsageRequest): Promise<readonly KeyUsage[]>;
  /** The log groups of the accounts. */
  readonly logs: LogsPort;
  /** The metrics of the accounts. */
  readonly metrics: MetricsPort;
  /** What is known of the alarms of the accounts besides their config. */
  readonly alarms: AlarmsPort;
  /** The traces of the accounts. */
  readonly traces: TracesPort;
  /** Requests that web ACLs inspected, as far as nodes can be reached. */
  sampledRequests(request: SampleRequest): Promise<SampledRequests>;
  readonly sdkTypes: readonly SdkTypeView[];
  /** The zip file of an SDK of one of `sdkTypes`. */
  sdk(type: string, source: ExportSource): Buffer;
  /** Certificates are ordered from an ACME authority, unless a request says otherwise. */
  readonly ordersCertificates: boolean;
  /** The zone where names are proved by DNS (`validationRecord`); undefined: they cannot be. */
  readonly validationZone: string | undefined;
  /** A certificate of the internal authority. */
  issueCertificate(request: IssueRequest): Promise<IssuedCertificate>;
  newCertificate(options: { readonly commonName: string; readonly validMs: number }): Promise<NewCertificate>;
}
