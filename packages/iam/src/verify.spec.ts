import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { canonicalHeaders, sha256, signatureOf } from "./canonical.ts";
import { readSignature } from "./claim.ts";
import { signatureProblem } from "./verify.ts";

/** The example key of AWS's Signature Version 4 test suite. */
const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
const DATE = "20150830T123600Z";
const SIGNED_AT = Date.UTC(2015, 7, 30, 12, 36, 0);

interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly sessionToken?: string;
}

/** What becomes of a request at a time: ok, none (it has no signature), incomplete, or refused. */
function outcomeOf({ sessionToken, headers, ...request }: Request, unixMs = SIGNED_AT): string {
  const given = { ...request, headers: headers.flat() };
  const claim = readSignature(given);
  if (claim.kind !== "claimed") return claim.kind;
  const own = { ...credentials, sessionToken };
  return signatureProblem(given, claim.claimed, { credentials: own, unixMs }) === undefined
    ? "ok"
    : "refused";
}

/** Signed by botocore 1.44 at that time, for execute-api in us-east-1. */
const ofBotocore = JSON.parse(
  readFileSync(new URL("botocore-requests.json", import.meta.url), "utf8"),
) as readonly (Request & { readonly name: string })[];

const header = (request: Request, name: string, change: (value: string) => string): Request => ({
  ...request,
  headers: request.headers.map(([own, value]) =>
    own.toLowerCase() === name.toLowerCase() ? [own, change(value)] : [own, value],
  ),
});

/** One letter of the signature is another. */
const flipped = (text: string) =>
  text.replace(/Signature=(.)/g, (_all, first: string) => `Signature=${first === "a" ? "b" : "a"}`);

/** What anybody on the way could change. */
const changes: Readonly<Record<string, (request: Request) => Request>> = {
  method: (request) => ({ ...request, method: "PATCH" }),
  path: (request) => ({ ...request, path: `${request.path}x` }),
  "a parameter more": (request) => ({ ...request, query: `${request.query}&more=1` }),
  "a signature parameter more": (request) => ({ ...request, query: `${request.query}&X-Amz-Signature=1` }),
  host: (request) => header(request, "host", (value) => `x${value}`),
  body: (request) => ({ ...request, body: `${request.body}x` }),
  signature: (request) => header({ ...request, query: flipped(request.query) }, "authorization", flipped),
  "another session": (request) => ({ ...request, sessionToken: "another" }),
};

describe("what botocore signed", () => {
  it.each(ofBotocore)(
    "$name: is accepted until it is too old, and not if anything of it was changed",
    (request) => {
      expect(outcomeOf(request)).toBe("ok");
      const lifetimeS = request.query.includes("X-Amz-Expires=60") ? 60 : 300;
      expect(outcomeOf(request, SIGNED_AT + lifetimeS * 1000)).toBe("ok");
      expect(outcomeOf(request, SIGNED_AT + (lifetimeS + 1) * 1000)).toBe("refused");
      expect(outcomeOf(request, SIGNED_AT - 299_000)).toBe("ok");
      expect(outcomeOf(request, SIGNED_AT - 301_000)).toBe("refused");
      for (const [what, change] of Object.entries(changes))
        expect(outcomeOf(change(request)), what).toMatch(/^(refused|incomplete)$/);
    },
  );
});

const HOST = ["Host", "api.example"] as const;
const SCOPE = "20150830/us-east-1/execute-api/aws4_request";

interface Form {
  readonly scheme?: string;
  readonly scope?: string;
  readonly signed?: string;
  readonly payloadHash?: string;
  readonly more?: readonly (readonly [string, string])[];
  readonly body?: string;
  /** The header as it is sent, of its parameters. */
  readonly write?: (scheme: string, credential: string, signed: string, signature: string) => string;
}

/** A request that is signed by hand, in a form of its own. */
function handSigned({
  scheme = "AWS4-HMAC-SHA256",
  scope = SCOPE,
  signed = "host;x-amz-date",
  body = "",
  payloadHash = sha256(body),
  more = [],
  write = (name, credential, names, signature) =>
    `${name} Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
}: Form): Request {
  const headers = [HOST, ["X-Amz-Date", DATE] as const, ...more];
  const { text } = canonicalHeaders(headers.flat(), (name) => signed.split(";").includes(name));
  const [, region = "", service = ""] = scope.split("/");
  const request = { method: "POST", path: "/prod/pets", query: "" };
  const signature = signatureOf(
    { request, headers: text, signed, payloadHash, isPresigned: false },
    { date: DATE, region, service, scope: `20150830/${region}/${service}/aws4_request` },
    credentials,
  );
  const authorization = write(scheme, `AKIDEXAMPLE/${scope}`, signed, signature);
  return { ...request, body, headers: [...headers, ["Authorization", authorization]] };
}

describe("forms of a signature in the header", () => {
  const unsigned = ["X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"] as const;
  it.each([
    ["as SDKs write it", {}, "ok"],
    [
      "without blanks behind commas",
      { write: (s, c, n, v) => `${s} Credential=${c},SignedHeaders=${n},Signature=${v}` },
      "ok",
    ],
    [
      "in another order",
      { write: (s, c, n, v) => `${s} Signature=${v}, SignedHeaders=${n}, Credential=${c}` },
      "ok",
    ],
    [
      "with more blanks",
      { write: (s, c, n, v) => `${s}   Credential=${c} ,  SignedHeaders=${n} , Signature=${v} ` },
      "ok",
    ],
    ["with the body's hash", { body: "b", more: [["X-Amz-Content-Sha256", sha256("b")]] }, "ok"],
    [
      "with the body's hash, signed",
      {
        body: "b",
        signed: "host;x-amz-content-sha256;x-amz-date",
        more: [["X-Amz-Content-Sha256", sha256("b")]],
      },
      "ok",
    ],
    ["another scheme", { scheme: "AWS4-HMAC-SHA1" }, "incomplete"],
    ["a longer hash", { scheme: "AWS4-HMAC-SHA512" }, "incomplete"],
    ["an elliptic curve", { scheme: "AWS4-ECDSA-P256-SHA256" }, "incomplete"],
    ["Bearer", { scheme: "Bearer" }, "incomplete"],
    ["Basic", { scheme: "Basic" }, "incomplete"],
    ["any word", { scheme: "x" }, "incomplete"],
    ["lower case", { scheme: "aws4-hmac-sha256" }, "incomplete"],
    ["the scheme twice", { scheme: "AWS4-HMAC-SHA256 AWS4-HMAC-SHA256" }, "incomplete"],
    ["a longer word", { scheme: "AWS4-HMAC-SHA256x" }, "incomplete"],
    ["a blank in front", { scheme: " AWS4-HMAC-SHA256" }, "incomplete"],
    [
      "no scheme",
      { write: (_s, c, n, v) => `Credential=${c}, SignedHeaders=${n}, Signature=${v}` },
      "incomplete",
    ],
    [
      "a scheme without a blank",
      { write: (s, c, n, v) => `${s}Credential=${c}, SignedHeaders=${n}, Signature=${v}` },
      "incomplete",
    ],
    ["the scheme alone", { write: (s) => s }, "incomplete"],
    ["no credential", { write: (s, _c, n, v) => `${s} SignedHeaders=${n}, Signature=${v}` }, "incomplete"],
    ["no signed headers", { write: (s, c, _n, v) => `${s} Credential=${c}, Signature=${v}` }, "incomplete"],
    ["no signature", { write: (s, c, n) => `${s} Credential=${c}, SignedHeaders=${n}` }, "incomplete"],
    [
      "two credentials",
      {
        write: (s, c, n, v) =>
          `${s} Credential=AKIDOTHER/${SCOPE}, Credential=${c}, SignedHeaders=${n}, Signature=${v}`,
      },
      "incomplete",
    ],
    [
      "two signatures",
      { write: (s, c, n, v) => `${s} Credential=${c}, SignedHeaders=${n}, Signature=0, Signature=${v}` },
      "incomplete",
    ],
    [
      "two lists of headers",
      {
        write: (s, c, n, v) => `${s} Credential=${c}, SignedHeaders=host, SignedHeaders=${n}, Signature=${v}`,
      },
      "incomplete",
    ],
    [
      "names in lower case",
      { write: (s, c, n, v) => `${s} credential=${c}, signedheaders=${n}, signature=${v}` },
      "incomplete",
    ],
    [
      "a signature in upper case",
      { write: (s, c, n, v) => `${s} Credential=${c}, SignedHeaders=${n}, Signature=${v.toUpperCase()}` },
      "refused",
    ],
    [
      "half a signature",
      { write: (s, c, n, v) => `${s} Credential=${c}, SignedHeaders=${n}, Signature=${v.slice(0, 32)}` },
      "refused",
    ],
    [
      "an empty signature",
      { write: (s, c, n) => `${s} Credential=${c}, SignedHeaders=${n}, Signature=` },
      "refused",
    ],
    [
      "a signature with more",
      { write: (s, c, n, v) => `${s} Credential=${c}, SignedHeaders=${n}, Signature=${v}00` },
      "refused",
    ],
    ["a part of the day", { scope: "2015/us-east-1/execute-api/aws4_request" }, "incomplete"],
    ["another day", { scope: "20150829/us-east-1/execute-api/aws4_request" }, "incomplete"],
    ["no end of the scope", { scope: "20150830/us-east-1/execute-api" }, "incomplete"],
    ["another end of the scope", { scope: "20150830/us-east-1/execute-api/aws4_reques" }, "incomplete"],
    ["more of a scope", { scope: `${SCOPE}/x` }, "incomplete"],
    ["an empty service", { scope: "20150830/us-east-1//aws4_request" }, "incomplete"],
    ["the host not signed", { signed: "x-amz-date" }, "refused"],
    ["nothing signed", { signed: "" }, "refused"],
    ["signed headers out of order", { signed: "x-amz-date;host" }, "ok"],
    ["signed headers in upper case", { signed: "Host;x-amz-date" }, "refused"],
    ["a signed header that is not there", { signed: "host;x-amz-date;x-gone" }, "ok"],
    [
      "a body that is not signed",
      { body: "b", payloadHash: "UNSIGNED-PAYLOAD", more: [unsigned] },
      "refused",
    ],
    [
      "a body that is not signed, and signed to be so",
      {
        body: "b",
        payloadHash: "UNSIGNED-PAYLOAD",
        signed: "host;x-amz-content-sha256;x-amz-date",
        more: [unsigned],
      },
      "refused",
    ],
    ["no body that is not signed", { payloadHash: "UNSIGNED-PAYLOAD", more: [unsigned] }, "refused"],
    ["a body that is signed, and said not to be", { body: "b", more: [unsigned] }, "refused"],
    [
      "chunks that are signed",
      {
        body: "b",
        payloadHash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        more: [["X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"]],
      },
      "refused",
    ],
    [
      "the hash of another body",
      { body: "b", payloadHash: sha256("a"), more: [["X-Amz-Content-Sha256", sha256("a")]] },
      "refused",
    ],
    [
      "two hashes of the body",
      {
        body: "b",
        more: [
          ["X-Amz-Content-Sha256", sha256("b")],
          ["X-Amz-Content-Sha256", sha256("a")],
        ],
      },
      "refused",
    ],
    ["an empty hash of the body", { body: "b", more: [["X-Amz-Content-Sha256", ""]] }, "refused"],
    ["two Authorization headers", { more: [["Authorization", "Bearer x"]] }, "incomplete"],
    ["a session that nobody has", { more: [["X-Amz-Security-Token", "t"]] }, "refused"],
  ] as [string, Form, string][])("%s: %o is %s", (_what, form, outcome) => {
    expect(outcomeOf(handSigned(form))).toBe(outcome);
  });
});

/** A presigned request, its parameters as they are written. */
function presigned(change: (parameters: readonly string[]) => readonly string[]): Request {
  const parameters = change([
    "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    `X-Amz-Credential=${encodeURIComponent(`AKIDEXAMPLE/${SCOPE}`)}`,
    `X-Amz-Date=${DATE}`,
    "X-Amz-Expires=60",
    "X-Amz-SignedHeaders=host",
    "x=1",
  ]);
  const request = { method: "GET", path: "/prod/pets", query: parameters.join("&") };
  const signature = signatureOf(
    { request, headers: "host:api.example\n", signed: "host", payloadHash: sha256(""), isPresigned: true },
    { date: DATE, region: "us-east-1", service: "execute-api", scope: SCOPE },
    credentials,
  );
  return { ...request, query: `${request.query}&X-Amz-Signature=${signature}`, headers: [HOST], body: "" };
}
const withExpires = (value: string) =>
  presigned((all) => all.map((one) => (one.startsWith("X-Amz-Expires") ? `X-Amz-Expires=${value}` : one)));

describe("forms of a signature in the query string", () => {
  it.each([
    ["60", "ok"],
    ["1", "ok"],
    ["604800", "ok"],
    ["0", "refused"],
    ["604801", "refused"],
    ["1e3", "refused"],
    ["60.5", "refused"],
    ["0x3c", "refused"],
    ["-60", "refused"],
    ["%2B60", "refused"],
    ["%2060", "refused"],
    ["60%20", "refused"],
    ["", "refused"],
    ["Infinity", "refused"],
    ["60s", "refused"],
    ["%D9%A6%D9%A0", "refused"],
  ])("X-Amz-Expires=%s is %s", (value, outcome) => {
    expect(outcomeOf(withExpires(value))).toBe(outcome);
  });

  it.each([
    ["in another order", (all: readonly string[]) => all.toReversed(), "ok"],
    [
      "another algorithm",
      (all: readonly string[]) => all.map((one) => one.replace("SHA256", "SHA1")),
      "incomplete",
    ],
    [
      "an algorithm in lower case",
      (all: readonly string[]) => all.map((one) => one.replace("AWS4-HMAC", "aws4-hmac")),
      "incomplete",
    ],
    ["no algorithm", (all: readonly string[]) => all.slice(1), "none"],
    ["two algorithms", (all: readonly string[]) => ["X-Amz-Algorithm=none", ...all], "incomplete"],
    ["two credentials", (all: readonly string[]) => [`X-Amz-Credential=AKIDOTHER`, ...all], "incomplete"],
    ["two dates", (all: readonly string[]) => ["X-Amz-Date=20150830T000000Z", ...all], "incomplete"],
    ["two lifetimes", (all: readonly string[]) => ["X-Amz-Expires=1", ...all], "incomplete"],
    ["two lists of headers", (all: readonly string[]) => ["X-Amz-SignedHeaders=x", ...all], "incomplete"],
    ["two signatures", (all: readonly string[]) => ["X-Amz-Signature=0", ...all], "incomplete"],
    ["a session that nobody has", (all: readonly string[]) => ["X-Amz-Security-Token=t", ...all], "refused"],
    ["no lifetime", (all: readonly string[]) => all.filter((one) => !one.includes("Expires")), "incomplete"],
    ["no date", (all: readonly string[]) => all.filter((one) => !one.includes("Date")), "incomplete"],
    ["no host", (all: readonly string[]) => all.map((one) => one.replace("=host", "=x-amz-date")), "refused"],
  ])("%s is %3$s", (_what, change, outcome) => {
    expect(outcomeOf(presigned(change))).toBe(outcome);
  });
});
