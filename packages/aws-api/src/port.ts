import type { Entity, EntityRef, Kind, Manifest } from "@tollgate/config";
import type { ExportSource } from "@tollgate/openapi";

/** Stored is an entity and when it was written. */
export interface Stored<K extends Kind = Kind> {
  readonly entity: Entity<K>;
  /** 0: not known. */
  readonly createdUnixMs: number;
  readonly updatedUnixMs: number;
}

/** AccountView is the config of one account at one revision. */
export interface AccountView {
  readonly accountId: string;
  /** `apiId`: empty for the kinds of the account. */
  get<K extends Kind>(kind: K, apiId: string, id: string): Stored<K> | undefined;
  /** In no order. */
  list<K extends Kind>(kind: K, apiId: string): readonly Stored<K>[];
}

/** Draft is an entity as it is to be: parsed and checked before it is stored. */
export interface Draft {
  readonly kind: Kind;
  readonly apiId: string;
  readonly id: string;
  readonly spec: unknown;
}

/** draftOf is a manifest whose kind is known as it is to be stored. */
export const draftOf = ({ kind, apiId = "", id = "", spec }: Manifest): Draft => ({
  kind: kind as Kind,
  apiId,
  id,
  spec,
});

/** DeploymentDraft is a deployment of an API as the change that it is part of leaves it. */
export interface DeploymentDraft {
  readonly apiId: string;
  readonly id: string;
  readonly description: string;
}

/** Change is what one operation writes, whole or not at all. */
export interface Change {
  readonly puts?: readonly Draft[];
  readonly deletes?: readonly EntityRef[];
  readonly deployments?: readonly DeploymentDraft[];
}

/** TestRequest is a call of a method that is not deployed. */
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

export interface TestAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly log: string;
  readonly latencyMs: number;
}

/** TestAuthorizerRequest is a call that an authorizer decides on, without a method behind it. */
export interface TestAuthorizerRequest {
  readonly apiId: string;
  readonly authorizerId: string;
  readonly pathWithQueryString: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly stageVariables: Readonly<Record<string, string>>;
}

/** TestAuthorizerAnswer is what an authorizer made of a call; members that it did not give are absent. */
export interface TestAuthorizerAnswer {
  /** What the client would get; 0: the authorizer answered. */
  readonly clientStatus: number;
  readonly log: string;
  readonly latencyMs: number;
  readonly principalId: string | undefined;
  /** JSON of the policy that a Lambda authorizer answered. */
  readonly policy: string | undefined;
  readonly context: Readonly<Record<string, string>> | undefined;
  readonly claims: Readonly<Record<string, string>> | undefined;
}

/** KeyUsage is the calls of an API key by a plan in one UTC day. */
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

/** SdkTypeView is a language that SDKs are generated for. */
export interface SdkTypeView {
  readonly id: string;
  readonly friendlyName: string;
  readonly description: string;
  readonly configurationProperties: readonly object[];
}

/** NewCertificate is a key and a certificate that vouches for itself, in PEM. */
export interface NewCertificate {
  readonly pemEncodedCertificate: string;
  readonly privateKey: string;
}

/** ServedStage names a stage of a REST API. */
export interface ServedStage {
  readonly accountId: string;
  readonly region: string;
  readonly apiId: string;
  readonly stageName: string;
}

/** ApplicationPort is the control plane's application, as these APIs call it. What it refuses it throws; the control plane's adapter maps that to errors of AWS. */
export interface ApplicationPort {
  account(accountId: string): AccountView;
  /** Decides on one state of the account and writes; decided again when somebody else wrote first. */
  change(accountId: string, decide: (account: AccountView) => Change): Promise<AccountView>;
  /** What a stage serves, as exports and SDKs read it. */
  servedDefinition(stage: ServedStage): ExportSource;
  testInvoke(accountId: string, request: TestRequest): Promise<TestAnswer>;
  testInvokeAuthorizer(accountId: string, request: TestAuthorizerRequest): Promise<TestAuthorizerAnswer>;
  /** What metering has counted, of days with calls only. */
  keyUsage(accountId: string, request: KeyUsageRequest): Promise<readonly KeyUsage[]>;
  readonly sdkTypes: readonly SdkTypeView[];
  /** The zip of an SDK of one of these types. */
  sdk(type: string, source: ExportSource): Buffer;
  newCertificate(options: { readonly commonName: string; readonly validMs: number }): Promise<NewCertificate>;
}
