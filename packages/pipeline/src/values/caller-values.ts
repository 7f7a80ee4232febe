import type { Call } from "../call/call.ts";

/** identityVariable is $context.identity.{name} of whoever signed the call or came with an API key; undefined: not known. */
export function identityVariable({ identity, apiKey }: Call, name: string): string | undefined {
  switch (name) {
    case "accountId":
      return identity?.accountId;
    case "accessKey":
      return identity?.credentials.accessKeyId;
    case "caller":
    case "user":
      return identity?.userId;
    case "userArn":
      return identity?.arn;
    case "apiKey":
      return apiKey?.value;
    case "apiKeyId":
      return apiKey?.id;
    default:
      return undefined;
  }
}

/** authorizerVariable is $context.authorizer.{name}; undefined: the authorizer gave no such value. */
export function authorizerVariable({ authorizer, authorizerMs }: Call, name: string): string | undefined {
  if (!authorizer) return undefined;
  const { claims, context, principalId } = authorizer;
  if (name.startsWith("claims.")) return claims?.[name.slice("claims.".length)];
  if (name === "principalId") return principalId;
  if (name === "integrationLatency") return principalId && String(Math.round(authorizerMs));
  return Object.hasOwn(context, name) ? context[name] : undefined;
}

/** authorizerNames are the members of $context.authorizer. */
export function authorizerNames({ authorizer }: Call): readonly string[] {
  if (!authorizer) return [];
  const { claims, context } = authorizer;
  return claims ? ["claims"] : ["principalId", "integrationLatency", ...Object.keys(context)];
}

/** authorizerMember is the member "authorizer" of a proxy event's requestContext; undefined: there is none. */
export function authorizerMember({ authorizer, authorizerMs }: Call): object | undefined {
  if (!authorizer) return undefined;
  const { claims, context, principalId } = authorizer;
  if (claims) return { claims };
  return { ...context, principalId, integrationLatency: Math.round(authorizerMs) };
}
