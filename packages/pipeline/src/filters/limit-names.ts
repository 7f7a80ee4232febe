/** A route's part in the names of its limits. */
export interface LimitedRoute {
  readonly apiId: string;
  readonly stageName: string;
  readonly httpMethod: string;
  readonly resourcePath: string;
}

/** limitNames are the names of buckets and counters. Nodes of two versions share them, and control planes read what is in them. */
export const limitNames = {
  /** Whose calls are counted: a key's in a plan. The name of its quota, too. */
  owner: (accountId: string, planId: string, keyId: string): string => `${accountId}/${planId}/${keyId}`,
  ownerOf(owner: string): { readonly accountId: string; readonly planId: string; readonly keyId: string } {
    const [accountId = "", planId = "", keyId = ""] = owner.split("/");
    return { accountId, planId, keyId };
  },
  planMethod: (owner: string, { apiId, stageName, httpMethod, resourcePath }: LimitedRoute): string =>
    `plan-method/${owner}/${apiId}/${stageName}${resourcePath}/${httpMethod}`,
  plan: (owner: string): string => `plan/${owner}`,
  method: ({ apiId, stageName, httpMethod, resourcePath }: LimitedRoute): string =>
    `method/${apiId}/${stageName}/${httpMethod}${resourcePath}`,
  /** New connections to WebSocket APIs. */
  connects: (accountId: string): string => `connects/${accountId}`,
  account: (accountId: string): string => `account/${accountId}`,
  /** Of one node: others do not share it. */
  region: "region",
} as const;
