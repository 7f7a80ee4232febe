// Names of artifacts, which are the config that nodes receive. The part before the first slash is the type.

/** Web ACLs and what they refer to. */
const WAF_ARTIFACTS = ["webacl", "ipset", "regexset", "rulegroup"] as const;
export type WafArtifact = (typeof WAF_ARTIFACTS)[number];

/** ArtifactName is a parsed name of an artifact, of one of the types that nodes know. */
export type ArtifactName =
  | { readonly type: "stage"; readonly apiId: string; readonly stageName: string }
  | { readonly type: "chunk"; readonly digest: string }
  | { readonly type: "domain"; readonly domainName: string }
  | { readonly type: "certificate"; readonly accountId: string; readonly id: string }
  | { readonly type: "challenges"; readonly accountId: string; readonly id: string }
  | { readonly type: "usageplan"; readonly accountId: string; readonly id: string }
  | { readonly type: WafArtifact; readonly accountId: string; readonly id: string }
  | { readonly type: "account"; readonly accountId: string };

export const stageArtifactName = (apiId: string, stageName: string): string => `stage/${apiId}/${stageName}`;
export const chunkArtifactName = (digest: string): string => `chunk/${digest}`;
export const domainArtifactName = (domainName: string): string => `domain/${domainName}`;
export const usagePlanArtifactName = (accountId: string, id: string): string =>
  `usageplan/${accountId}/${id}`;
export const certificateArtifactName = (accountId: string, id: string): string =>
  `certificate/${accountId}/${id}`;
export const challengesArtifactName = (accountId: string, id: string): string =>
  `challenges/${accountId}/${id}`;
export const wafArtifactName = (type: WafArtifact, accountId: string, id: string): string =>
  `${type}/${accountId}/${id}`;
export const accountArtifactName = (accountId: string): string => `account/${accountId}`;

/** parseArtifactName is the inverse of the builders; undefined: the type is of a later version, or this is not such a name. */
export function parseArtifactName(name: string): ArtifactName | undefined {
  const [type, first, second, ...rest] = name.split("/");
  if (!first || rest.length > 0) return undefined;
  if (second === undefined)
    switch (type) {
      case "chunk":
        return { type, digest: first };
      case "domain":
        return { type, domainName: first };
      case "account":
        return { type, accountId: first };
      default:
        return undefined;
    }
  if (type === "stage") return { type, apiId: first, stageName: second };
  const waf = WAF_ARTIFACTS.find((known) => known === type);
  if (waf) return { type: waf, accountId: first, id: second };
  if (type === "certificate" || type === "challenges") return { type, accountId: first, id: second };
  return type === "usageplan" ? { type, accountId: first, id: second } : undefined;
}
