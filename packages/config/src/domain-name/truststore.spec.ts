import { expect, it } from "vitest";
import { truststoreFacts } from "./truststore.ts";

/** An authority with a subject of 119 bytes. */
const AUTHORITY = `-----BEGIN CERTIFICATE-----
MIICQTCCAeegAwIBAgIUeyb3fbrKVsbgNCrAwcy9xTPBWoswCgYIKoZIzj0EAwIw
dTELMAkGA1UEBhMCREUxEDAOBgNVBAoMB0V4YW1wbGUxRTBDBgNVBAsMPHh4eHh4
eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4
eHh4eHh4eDENMAsGA1UEAwwEUm9vdDAgFw0yNjExMzAwMjM2NTdaGA8yMTI2MTEw
NjAyMzY1N1owdTELMAkGA1UEBhMCREUxEDAOBgNVBAoMB0V4YW1wbGUxRTBDBgNV
BAsMPHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4
eHh4eHh4eHh4eHh4eHh4eDENMAsGA1UEAwwEUm9vdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABK3r1av9CzAG9K6JB1cVw7nb7zfOp9e/UxQ9kUG1enJhCK+oiZvb
gMUAHzG+NieP8bt0W9Icu2sBLLsco6EW1bWjUzBRMB0GA1UdDgQWBBQS9/Z6CWi+
H58o4URnw+SGY9V6xjAfBgNVHSMEGDAWgBQS9/Z6CWi+H58o4URnw+SGY9V6xjAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQDvLj5HW823FYf2RkZN
Q8PP48LPw8Pu0592RZgsF/RB7AIgfp9ZthsHy4PGxIvLKOdwOMjpyY9isKDG1f9w
t0PGcJ4=
-----END CERTIFICATE-----
`;

it("a truststore has no more authorities than a handshake can name", () => {
  expect(truststoreFacts(AUTHORITY.repeat(537))).toEqual([]);
  expect(truststoreFacts(AUTHORITY.repeat(538))).toMatchObject([
    {
      message:
        "the subjects of its certificates have 65098 bytes; a handshake of TLS can name authorities of at most 65000",
    },
  ]);
});

it("certificates that cannot be read count among those of a truststore", () => {
  const unreadable = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
  expect(truststoreFacts(AUTHORITY + unreadable.repeat(999))).toEqual([]);
  expect(truststoreFacts(AUTHORITY + unreadable.repeat(1000))).toMatchObject([
    { message: "1001 certificates: at most 1000 are allowed" },
  ]);
});

it.each(["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"])(
  "a truststore has no %s: it would be stored and shown with the domain",
  (label) => {
    const key = `-----BEGIN ${label}-----\nMIGH\n-----END ${label}-----\n`;
    expect(truststoreFacts(AUTHORITY + key)).toMatchObject([{ code: "TRUSTSTORE_WITH_KEY" }]);
  },
);
