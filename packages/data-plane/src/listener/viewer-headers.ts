import { randomBase64 } from "@tollgate/telemetry";
import type { EdgeEntrance } from "./peer.ts";

const TABLET = /iPad|Tablet|Kindle|Silk\/|PlayBook|Android(?!.*Mobile)/i;
const TELEVISION = /Smart-?TV|Apple ?TV|Google ?TV|HbbTV|NetCast|Tizen.*TV|BRAVIA|Roku|CrKey|\bAFT[A-Z]/i;
const MOBILE = /Mobi|iPhone|iPod|BlackBerry|Opera Mini/i;

/** What only an edge node says: what a caller sends by these names is left out, also with `_` for `-`, which many servers take for it. */
const OF_EDGE = /^(?:cloudfront[-_]|x[-_]amz[-_]cf[-_]id$)/i;

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
  const own = headers.some((name, i) => i % 2 === 0 && OF_EDGE.test(name))
    ? headers.filter((_, i, all) => !OF_EDGE.test(all[i - (i % 2)] as string))
    : headers;
  return [
    ...own,
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
