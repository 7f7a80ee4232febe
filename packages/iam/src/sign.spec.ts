import { describe, expect, it } from "vitest";
import { readSignature } from "./claim.ts";
import { parseCredentialsFile } from "./credentials-file.ts";
import { signRequest } from "./sign.ts";
import { NO_MATCH, signatureProblem } from "./verify.ts";

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

  it("sends and signs a session token and, for S3, the hash of the body", () => {
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

describe("verifying a signature", () => {
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
    const claim = readSignature(given);
    if (claim.kind !== "claimed") return claim.kind;
    const own = {
      ...credentials,
      secretAccessKey: options.secret ?? credentials.secretAccessKey,
      sessionToken: options.token,
    };
    return (
      signatureProblem(given, claim.claimed, { credentials: own, unixMs: options.now ?? unixMs }) ?? "ok"
    );
  };
  const changed = (name: string, value: string) => {
    const signed = sign();
    return {
      ...signed,
      headers: signed.headers.map((item, i) => (signed.headers[i - 1] === name ? value : item)),
    };
  };

  it("accepts a signed request with unsigned headers that proxies have added", () => {
    expect(check(sign())).toBe("ok");
    expect(check(sign("token"), { token: "token" })).toBe("ok");
  });

  it.each([
    { what: "another secret", got: () => check(sign(), { secret: "other" }), problem: NO_MATCH },
    { what: "another method", got: () => check({ ...sign(), method: "GET" }), problem: NO_MATCH },
    { what: "another path", got: () => check({ ...sign(), path: "/a/b" }), problem: NO_MATCH },
    { what: "another query", got: () => check({ ...sign(), query: "x=2" }), problem: NO_MATCH },
    { what: "another body", got: () => check({ ...sign(), body: "x" }), problem: NO_MATCH },
    { what: "a signed header that changed", got: () => check(changed("X-Signed", "2")), problem: NO_MATCH },
    { what: "another Host", got: () => check(changed("Host", "other")), problem: NO_MATCH },
    {
      what: "a clock that is 6 minutes ahead",
      got: () => check(sign(), { now: unixMs + 6 * 60_000 }),
      problem:
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123700Z (20150830T124200Z - 5 min.)",
    },
    {
      what: "a clock that is 6 minutes behind",
      got: () => check(sign(), { now: unixMs - 6 * 60_000 }),
      problem:
        "Signature not yet current: 20150830T123600Z is still later than 20150830T123500Z (20150830T123000Z + 5 min.)",
    },
    { what: "an unknown session token", got: () => check(sign("token")), problem: NO_MATCH },
    {
      what: "a body that does not match its hash",
      got: () => check({ ...sign(), headers: [...sign().headers, "x-amz-content-sha256", "00"] }),
      problem: NO_MATCH,
    },
    { what: "no signature", got: () => check(request), problem: "none" },
    {
      what: "an incomplete signature",
      got: () => check(changed("Authorization", "AWS4-HMAC-SHA256 Credential=a/b")),
      problem: "incomplete",
    },
  ])("refuses $what", ({ got, problem }) => {
    expect(got()).toBe(problem);
  });

  /** botocore's SigV4QueryAuth for this request and key. */
  const PRESIGNED = "cac029f6ad511d40e48ac65fcf2c7ca6de6ccae8d927b10304288740d69443d9";
  it("accepts a presigned URL of botocore until it expires", () => {
    const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fexecute-api%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&x=1%202&X-Amz-Signature=${PRESIGNED}`;
    const presigned = { method: "GET", path: "/prod/pets", query, headers: ["Host", "h.example"], body: "" };
    expect(check(presigned)).toBe("ok");
    expect(check(presigned, { now: unixMs + 61_000 })).toBe("Signature expired");
    expect(check({ ...presigned, query: query.replace("x=1", "x=2") })).toBe(NO_MATCH);
    expect(check({ ...presigned, query: query.replace("Expires=60", "Expires=700000") })).toBe(
      "X-Amz-Expires must be between 1 and 604800 seconds",
    );
    expect(check({ ...presigned, query: query.replace("&X-Amz-Expires=60", "") })).toBe("incomplete");
  });
});

it("the profiles of a credentials file are read, except those that lack a key", () => {
  const profiles = parseCredentialsFile(
    "# note\n[default]\naws_access_key_id = A\naws_secret_access_key=S=1\n\n[half]\naws_access_key_id=B\n[ tmp ]\naws_access_key_id=C\naws_secret_access_key=D\naws_session_token=T\n",
  );
  expect(Object.fromEntries(profiles)).toEqual({
    default: { accessKeyId: "A", secretAccessKey: "S=1", sessionToken: undefined },
    tmp: { accessKeyId: "C", secretAccessKey: "D", sessionToken: "T" },
  });
});
