import type { ForwardedIPConfig } from "@tollgate/config";
import type { Inspection } from "./inspection.ts";

/** forwardedAddresses are the addresses of a header such as X-Forwarded-For, in their order, without ports. */
export const forwardedAddresses = (inspection: Inspection, lowerName: string): readonly string[] =>
  inspection
    .headerValues(lowerName)
    .flatMap((value) => value.split(","))
    .map(addressIn)
    .filter((address) => address !== "");

function addressIn(text: string): string {
  const address = text.trim();
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(address)?.[1];
  if (bracketed !== undefined) return bracketed;
  return /^[\d.]+:\d+$/.test(address) ? address.slice(0, address.indexOf(":")) : address;
}

/** The forwarded address that requests are counted by: the first. undefined: none was sent. */
export const firstForwarded = (
  inspection: Inspection,
  { headerName }: Pick<ForwardedIPConfig, "headerName">,
): string | undefined => forwardedAddresses(inspection, headerName.toLowerCase())[0];
