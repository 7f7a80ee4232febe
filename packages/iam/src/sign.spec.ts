import { describe, expect, it } from "vitest";
import { parseCredentialsFile } from "./credentials-file.ts";
import { isSignedBy, readSignature, signRequest } from "./sign.ts";

/** The example key of AWS's Signature Version 4 test suite. */
const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: undefined,
};
const unixMs = Date.UTC(2015, 7, 30, 12, 36, 0);

function signatureOf(given: {
  method?: string;
  path?: string;
  query?: string;
  headers?: readonly string[];
  body?: string;
}) {
  const headers = ["Host", "example.amazonaws.com", ...(given.headers ?? [])];
  const added = signRequest(
    { method: "GET", path: "/", query: "", body: "", ...given, headers },
    { credentials, region: "us-east-1", service: "service", unixMs },
  );
  return added[added.indexOf("Authorization") + 1];
}

describe("Signature Version 4, as in AWS's test suite", () => {
  it.each([
    {
      name: "get-vanilla",
      given: {},
      signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    },
    {
      name: "get-vanilla-query-order-key-case",
      given: { query: "Param2=value2&Param1=value1" },
      signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    },
    {
      name: "post-vanilla",
      given: { method: "POST" },
      signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    },
    {
      name: "post-x-www-form-urlencoded",
      given: {
        method: "POST",
        headers: ["Content-Type", "application/x-www-form-urlencoded"],
        body: "Param1=value1",
      },
      signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    },
    {
      name: "get-unreserved",
      given: { path: "/-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" },
      signature: "98964e1079ce472101899439653197a4f6e602f30cd6aaf6c76d81b4fd9866fe",
    },
    {
      name: "dots, slashes and encoded characters, as botocore signs them",
      given: { path: "/a%20b/c+d//e/../f", query: "x=1%202&y=a%2Fb&x=0" },
      signature: "0173480b0a4a67189185187b355fbbef200cedacc950b20c2948739a01d0bd1d",
    },
  ])("$name", ({ given, signature }) => {
    expect(signatureOf(given)).toContain(`Signature=${signature}`);
  });

  it("a session token and, for S3, the body's hash are sent and signed", () => {
    const added = signRequest(
      { method: "PUT", path: "/bucket/a%20b", query: "", headers: ["Host", "s3.local"], body: "x" },
      { credentials: { ...credentials, sessionToken: "token" }, region: "eu-west-1", service: "s3", unixMs },
    );
    expect(added).toContain("X-Amz-Security-Token");
    expect(added.at(-1)).toContain(
      "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,",
    );
  });
});

describe("checking a signature", () => {
  const request = {
    method: "PUT",
    path: "/a/b%20c",
    query: "x=1",
    headers: ["Host", "h", "X-Signed", "1"],
    body: "body",
  };
  const sign = (token?: string) => {
    const added = signRequest(request, {
      credentials: { ...credentials, sessionToken: token },
      region: "r",
      service: "execute-api",
      unixMs,
    });
    return { ...request, headers: [...request.headers, ...added, "X-Forwarded-For", "added on the way"] };
  };
  const check = (given: typeof request, options: { secret?: string; now?: number; token?: string } = {}) => {
    const claimed = readSignature(given.headers);
    const own = {
      ...credentials,
      secretAccessKey: options.secret ?? credentials.secretAccessKey,
      sessionToken: options.token,
    };
    return (
      claimed !== undefined && isSignedBy(given, claimed, { credentials: own, unixMs: options.now ?? unixMs })
    );
  };
  const changed = (name: string, value: string) => {
    const signed = sign();
    return {
      ...signed,
      headers: signed.headers.map((item, i) => (signed.headers[i - 1] === name ? value : item)),
    };
  };

  it("takes what was signed, whatever was added on the way", () => {
    expect(check(sign())).toBe(true);
    expect(check(sign("token"), { token: "token" })).toBe(true);
  });

  it.each([
    { what: "another secret", ok: () => check(sign(), { secret: "other" }) },
    { what: "another method", ok: () => check({ ...sign(), method: "GET" }) },
    { what: "another path", ok: () => check({ ...sign(), path: "/a/b" }) },
    { what: "another query", ok: () => check({ ...sign(), query: "x=2" }) },
    { what: "another body", ok: () => check({ ...sign(), body: "x" }) },
    { what: "a signed header that changed", ok: () => check(changed("X-Signed", "2")) },
    { what: "another Host", ok: () => check(changed("Host", "other")) },
    { what: "a clock that is 16 minutes off", ok: () => check(sign(), { now: unixMs + 16 * 60_000 }) },
    { what: "a session token that is not ours", ok: () => check(sign("token")) },
    { what: "no signature", ok: () => check(request) },
    {
      what: "half a signature",
      ok: () => check(changed("Authorization", "AWS4-HMAC-SHA256 Credential=a/b")),
    },
  ])("refuses $what", ({ ok }) => {
    expect(ok()).toBe(false);
  });
});

it("a credentials file's profiles are read; those without both keys are none", () => {
  const profiles = parseCredentialsFile(
    "# note\n[default]\naws_access_key_id = A\naws_secret_access_key=S=1\n\n[half]\naws_access_key_id=B\n[ tmp ]\naws_access_key_id=C\naws_secret_access_key=D\naws_session_token=T\n",
  );
  expect(Object.fromEntries(profiles)).toEqual({
    default: { accessKeyId: "A", secretAccessKey: "S=1", sessionToken: undefined },
    tmp: { accessKeyId: "C", secretAccessKey: "D", sessionToken: "T" },
  });
});
