import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { tags } from "../tags.ts";

/** Who issues tokens that roles are assumed with (IAM: OpenID Connect provider). Its id is its URL without https:// and with : for /. */
const spec = z.strictObject({
  /** The issuer. http is for providers on loopback only. */
  url: z.string().max(255).refine(isIssuer, "must be an https URL, such as https://accounts.example.com"),
  /** Audiences that tokens are taken for. */
  clientIds: z.array(z.string().min(1).max(255)).max(100).default([]),
  /** Kept and shown: the certificate of the provider is checked against the authorities of the machine. */
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

/** openIdConnectProviderId is the id of the provider of a URL. */
export const openIdConnectProviderId = (url: string): string =>
  url
    .replace(/^https?:\/\//, "")
    .replace(/\/+$/, "")
    .replaceAll("/", ":");

export const OpenIdConnectProvider = defineKind({
  name: "OpenIdConnectProvider",
  spec,
  collection: "openidconnectproviders",
  id: {
    pattern: /^[A-Za-z0-9.:_-]{1,255}$/,
    help: "must be the provider's URL without https:// and with : for /, such as accounts.example.com",
  },
  /** (100) */
  quota: "openIdConnectProviders",
  writableBy: "admin",
});
