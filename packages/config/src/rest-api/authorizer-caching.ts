/** AWS's limits of how long an authorizer's result is cached. */
export const TTL_MAX_S = 3600;
const TTL_DEFAULT_S = 300;

/** ttlSecondsOf is how long the results of an authorizer are cached. */
export const ttlSecondsOf = ({
  authorizerResultTtlInSeconds = TTL_DEFAULT_S,
}: {
  readonly authorizerResultTtlInSeconds?: number | undefined;
}): number => authorizerResultTtlInSeconds;

/** sourcesOf splits the identity sources of a REQUEST authorizer. */
export const sourcesOf = (identitySource: string): readonly string[] =>
  identitySource
    .split(",")
    .map((source) => source.trim())
    .filter((source) => source !== "");
