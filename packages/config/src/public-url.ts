/** awsPublicUrl is the base URL of APIs on AWS. */
export const awsPublicUrl = (region: string): string => `https://{api}.execute-api.${region}.amazonaws.com`;

/**
 * apiUrl is the base URL of an API as clients call it; its stages follow after a slash. A public URL without {api} is the address of the
 * nodes: APIs are in its path, which works at any host.
 */
export const apiUrl = (publicUrl: string, apiId: string): string =>
  publicUrl.includes("{api}")
    ? publicUrl.replaceAll("{api}", apiId)
    : `${publicUrl.replace(/\/+$/, "")}/_aws/execute-api/${apiId}`;

/** urlSuffix is what follows the region in the host of APIs (AWS: AWS::URLSuffix); undefined: they have no such host. */
export const urlSuffix = (publicUrl: string): string | undefined =>
  /^https?:\/\/\{api\}\.execute-api\.[a-z0-9-]+\.([^/]+)/.exec(publicUrl)?.[1];
