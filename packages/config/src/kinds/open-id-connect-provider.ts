import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { tags } from "../tags.ts";

/**
 * An issuer of tokens with which roles can be assumed (IAM: OpenID Connect provider). Its id is its URL without https:// and with :
 * instead of /.
 */
const spec = z.strictObject({
  /** The issuer. http is allowed on loopback only. */
  url: z.string().max(255).refine(isIssuer, "must be an https URL, such as https://accounts.example.com"),
  /** Accepted audiences of tokens. */
  clientIds: z.array(z.string().min(1).max(255)).max(100).default([]),
  /** Stored and returned only: the certificate of the provider is checked against the machine's authorities. */
  thumbprints: z
    .array(z.string().regex(/^[0-9a-fA-F]{40}$/, "must be 40 hexadecimal digits"))
    .max(5)
    .default([]),
  tags: tags.optional(),
});

function isIssuer(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, search, hash } = new URL(url);
  const isSafe =
    protocol === "https:" || (protocol === "http:" && /^(127\.|localhost$|\[::1\]$)/.test(hostname));
  return isSafe && search === "" && hash === "";
}

/** openIdConnectProviderId is the id of the provider with a URL. */
export const openIdConnectProviderId = (url: string): string =>
  url
    .replace(/^https?:\/\//, "")
    .replace(/\/+$/, "")
    .replaceAll("/", ":");

export const OpenIdConnectProvider = defineKind({
  name: "OpenIdConnectProvider",
  about: "An issuer of tokens with which roles can be assumed (IAM: OpenIDConnectProvider).",
  spec,
  collection: "openidconnectproviders",
  id: {
    pattern: /^[A-Za-z0-9.:_-]{1,255}$/,
    help: "must be the provider's URL without https:// and with : instead of /, such as accounts.example.com",
  },
  /** (100) */
  quota: "openIdConnectProviders",
  writableBy: "admin",
});
