import { describe, expect, it } from "vitest";
import { withoutViewerHeaders, withViewerHeaders } from "./viewer-headers.ts";

const EDGE = { node: { name: "edge-1", address: "10.0.0.1" }, port: 443, redirectPort: undefined };
const pairsOf = (headers: readonly string[]) =>
  Object.fromEntries(
    headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1]] as [string, string]] : [])),
  );

describe("what an API learns of a caller of an edge node", () => {
  it.each([
    ["curl/8.5.0", "Desktop"],
    ["", "Desktop"],
    ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36", "Desktop"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148", "Mobile"],
    ["Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/141.0 Mobile Safari/537.36", "Mobile"],
    ["Mozilla/5.0 (Linux; Android 14; SM-X710) Chrome/141.0 Safari/537.36", "Tablet"],
    ["Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) Mobile/15E148", "Tablet"],
    ["Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) Version/7.0 TV Safari/537.36", "SmartTV"],
  ])("%s is the device %s", (userAgent, device) => {
    const headers = pairsOf(withViewerHeaders(["User-Agent", userAgent], "https", EDGE));
    const is = ["Desktop", "Mobile", "SmartTV", "Tablet"].filter(
      (name) => headers[`CloudFront-Is-${name}-Viewer`] === "true",
    );
    expect(is).toEqual([device]);
  });

  it("is what the edge node says, and nothing that the caller says by its names", () => {
    const sent = [
      "Host",
      "a",
      "cloudfront-viewer-country",
      "XX",
      "CloudFront_Forwarded_Proto",
      "x",
      "X-AMZ-CF-ID",
      "y",
    ];
    const headers = pairsOf(withViewerHeaders(sent, "https", EDGE));
    expect(headers).toEqual({
      Host: "a",
      "CloudFront-Forwarded-Proto": "https",
      "CloudFront-Is-Desktop-Viewer": "true",
      "CloudFront-Is-Mobile-Viewer": "false",
      "CloudFront-Is-SmartTV-Viewer": "false",
      "CloudFront-Is-Tablet-Viewer": "false",
      Via: "1.1 edge-1 (Tollgate)",
      "X-Amz-Cf-Id": expect.stringMatching(/^[\w+/-]{50,}=*$/),
    });
  });
});

describe("what callers of a node of the region say by names of an edge node", () => {
  it.each([
    "CloudFront-Viewer-Country",
    "cloudfront-is-mobile-viewer",
    "CLOUDFRONT_FORWARDED_PROTO",
    "X-Amz-Cf-Id",
    "x_amz-cf_id",
  ])("%s is left out, wherever it is and however often", (name) => {
    const sent = [name, "made up", "Host", "a", name, "again", "X-Amz-Date", name, name, "last"];
    expect(withoutViewerHeaders(sent)).toEqual(["Host", "a", "X-Amz-Date", name]);
  });

  it.each([
    "CloudFront",
    "X-CloudFront-Viewer-Country",
    "X-Amz-Cf-Id-Of-Mine",
    "Content-Type",
    "X-Amz-Cf-Pop",
  ])("%s is not such a name: the headers are those that arrived, and no copy", (name) => {
    const sent = ["Host", "CloudFront-Viewer-Country", name, "a"];
    expect(withoutViewerHeaders(sent)).toBe(sent);
  });
});
