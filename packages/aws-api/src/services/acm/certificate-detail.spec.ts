import { expect, it } from "vitest";
import { detailOf, summaryOf } from "./certificate-detail.ts";

/** openssl req -x509 -subj / -addext subjectAltName=DNS:shop.example.com */
const WITHOUT_SUBJECT = `-----BEGIN CERTIFICATE-----
MIIBczCCARqgAwIBAgIUOWgpxVALVdFwzMOUSGJNK0RKWI8wCgYIKoZIzj0EAwIw
ADAgFw0yNjExMzAwMjM2NTdaGA8yMTI2MTEwNjAyMzY1N1owADBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABCqC7kPiMI6BBUWZPajBth4V7VJRtP2eKYzUm6gU5B3z
UpWDjTqH5duMrjFKRodv2gzY8I7kqXoNb/1zHDp7ERKjcDBuMB0GA1UdDgQWBBSO
Y6zSX49SReMf51hETE9jJHAY6zAfBgNVHSMEGDAWgBSOY6zSX49SReMf51hETE9j
JHAY6zAPBgNVHRMBAf8EBTADAQH/MBsGA1UdEQQUMBKCEHNob3AuZXhhbXBsZS5j
b20wCgYIKoZIzj0EAwIDRwAwRAIgG8XqaefKn8FJiDFt1/J5pg71hXDKbn+E/spp
4P4PP3gCIEqD/XzLSQtTNtCRrKglJJGXX4zUHH9tbw5I/OQIocqs
-----END CERTIFICATE-----
`;

it("a certificate that has no subject is shown by its first name", () => {
  const stored = {
    entity: { kind: "Certificate", id: "shop", spec: { certificate: WITHOUT_SUBJECT } },
    createdUnixMs: 0,
    updatedUnixMs: 0,
  } as never;
  const account = { accountId: "000000000000", list: () => [] } as never;
  const named = { DomainName: "shop.example.com", Type: "IMPORTED" };
  expect(summaryOf(account, stored, "eu-central-1")).toMatchObject(named);
  expect(detailOf(account, stored, "eu-central-1")).toMatchObject({ ...named, Subject: "", Issuer: "" });
});
