/** Names of delivered resources; the part before the first slash is the type. */
export const stageResourceName = (apiId: string, stageName: string): string => `stage/${apiId}/${stageName}`;
export const chunkResourceName = (digest: string): string => `chunk/${digest}`;
export const domainResourceName = (domainName: string): string => `domain/${domainName}`;
export const usagePlanResourceName = (accountId: string, id: string): string =>
  `usageplan/${accountId}/${id}`;
export const accountResourceName = (accountId: string): string => `account/${accountId}`;
