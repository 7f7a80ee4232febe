import { z } from "zod";
import { tags } from "../rest-api/rest-api.ts";

/** Who issues tokens that roles are assumed with (IAM: OpenID Connect provider). Its id is its URL without https:// and with : for /. */
export const openIdConnectProviderSpec = z.strictObject({
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
