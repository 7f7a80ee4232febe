import { X509Certificate } from "node:crypto";
import { expect, it, onTestFinished, vi } from "vitest";
import { shownMutualTls } from "./mutual-tls.ts";

/** An authority. */
const AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBczCCARmgAwIBAgIUeKXxwTBdOfeoKfpZeO25bmeNJUcwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEUm9vdDAeFw0yNjExMzAwMjQ1NTJaFw0yNjEyMzAwMjQ1NTJa
MA8xDTALBgNVBAMMBFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQfbh7Z
HTiJdrwmJVbTaZL9bXg32iLu24zDDOkUfnn+fpbi7ahHIyxJmLxh3aZdHtxY1OOx
EDY/hDFhUMRHJySro1MwUTAdBgNVHQ4EFgQUM2K5thH355182loX2DuWei2j4osw
HwYDVR0jBBgwFoAUM2K5thH355182loX2DuWei2j4oswDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNIADBFAiEAg7ks+MoC8/qZg7iNNz3uFquwrdLgDztMzOJg
MVq6Pu4CIEnHkpxiKEWF1ZwtTxN3Sv8Vpds6ic3mnF+4ufF6u454
-----END CERTIFICATE-----
`;

it("the truststore of a domain is not read each time that the domain is shown, and its warnings are not old", () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const endedMs = new X509Certificate(AUTHORITY).validToDate.getTime();
  vi.setSystemTime(endedMs - 30 * 60 * 1000);
  let reads = 0;
  const mutualTlsAuthentication = {
    truststoreUri: "s3://trust/all.pem",
    get truststore() {
      reads++;
      return AUTHORITY;
    },
  };
  const shown = () => shownMutualTls({ mutualTlsAuthentication } as never);
  expect(shown()).toEqual({ truststoreUri: "s3://trust/all.pem" });
  for (let again = 0; again < 10; again++) shown();
  expect(reads).toBe(1);
  vi.setSystemTime(endedMs + 60 * 60 * 1000);
  expect(shown()).toMatchObject({
    truststoreWarnings: [expect.stringMatching(/has expired. Subject: CN=Root/)],
  });
});
