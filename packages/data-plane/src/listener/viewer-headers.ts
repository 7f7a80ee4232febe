import { randomBase64 } from "@tollgate/telemetry";
import type { EdgeEntrance } from "./peer.ts";

const TABLET = /iPad|Tablet|Kindle|Silk\/|PlayBook|Android(?!.*Mobile)/i;
const TELEVISION = /Smart-?TV|Apple ?TV|Google ?TV|HbbTV|NetCast|Tizen.*TV|BRAVIA|Roku|CrKey|\bAFT[A-Z]/i;
const MOBILE = /Mobi|iPhone|iPod|BlackBerry|Opera Mini/i;

/** What only an edge node says: what a caller sends by these names is left out, also with `_` for `-`, which many servers take for it. */
const OF_EDGE = /^(?:cloudfront[-_]|x[-_]amz[-_]cf[-_]id$)/i;
/** Of the shortest name that can be one of them. */
const OF_EDGE_MIN_LENGTH = "cloudfront-".length;

/** isOfEdge says whether a header is one of CloudFront's. The length and the first letter decide for nearly all. */
function isOfEdge(name: string): boolean {
  if (name.length < OF_EDGE_MIN_LENGTH) return false;
  const first = name.charCodeAt(0) | 0x20;
  return (first === 0x63 || first === 0x78) && OF_EDGE.test(name);
}

/**
 * withoutViewerHeaders are the headers of a caller without those that only an edge node says: what an API reads by these names is never made up. Names
 * and values alternate. What has none of them is returned as it is.
 */
export function withoutViewerHeaders(headers: readonly string[]): readonly string[] {
  for (let i = 0; i < headers.length; i += 2)
    if (isOfEdge(headers[i] as string))
      return headers.filter((_, at, all) => !isOfEdge(all[at - (at % 2)] as string));
  return headers;
}

/** Whether a caller's device is one of CloudFront's kinds, by its User-Agent; what is none of the others is a desktop. */
function deviceOf(userAgent: string) {
  const isTelevision = TELEVISION.test(userAgent);
  const isTablet = !isTelevision && TABLET.test(userAgent);
  const isMobile = !isTelevision && !isTablet && MOBILE.test(userAgent);
  return { isTelevision, isTablet, isMobile, isDesktop: !isTelevision && !isTablet && !isMobile };
}

function userAgentOf(headers: readonly string[]): string {
  const at = headers.findIndex((name, i) => i % 2 === 0 && /^user-agent$/i.test(name));
  return at < 0 ? "" : (headers[at + 1] as string);
}

/**
 * withViewerHeaders are the headers of a call that an edge node relays, with what CloudFront tells an edge-optimized API of its viewer. Names and values
 * alternate. AWS also names the viewer's country and network, which an edge node does not know.
 */
export function withViewerHeaders(
  headers: readonly string[],
  scheme: string,
  { node }: EdgeEntrance,
): readonly string[] {
  const { isTelevision, isTablet, isMobile, isDesktop } = deviceOf(userAgentOf(headers));
  return [
    ...withoutViewerHeaders(headers),
    "CloudFront-Forwarded-Proto",
    scheme,
    "CloudFront-Is-Desktop-Viewer",
    String(isDesktop),
    "CloudFront-Is-Mobile-Viewer",
    String(isMobile),
    "CloudFront-Is-SmartTV-Viewer",
    String(isTelevision),
    "CloudFront-Is-Tablet-Viewer",
    String(isTablet),
    "Via",
    `1.1 ${node.name} (Tollgate)`,
    "X-Amz-Cf-Id",
    randomBase64(41),
  ];
}
