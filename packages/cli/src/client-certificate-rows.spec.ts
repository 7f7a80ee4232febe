import { expect, it } from "vitest";
import { clientCertificateRows, publicPartOf } from "./client-certificate-rows.ts";

/** Valid until 2036-11-27. */
const PEM = `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUG7DQkKokTZHS4SiiGCgQ2k4aFgEwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKQXBpR2F0ZXdheTAeFw0yNjExMzAxNTAyNDZaFw0zNjExMjcx
NTAyNDZaMBUxEzARBgNVBAMMCkFwaUdhdGV3YXkwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQDqh6x/uk4V/5F66dWPlc9Oaqdi1bxyveJiOld05uZI2P7KJMdv8fu
w2f2Pe7U/OiQe4kJOoZl0X6pdDnvGn/Xo1MwUTAdBgNVHQ4EFgQUmUS/gLEwXpH3
6ammYBOZk8cUZCUwHwYDVR0jBBgwFoAUmUS/gLEwXpH36ammYBOZk8cUZCUwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBtk/1x5c8rW47dHkZPaUX6
AWB0us20ev7pbda90qBytQIhAPlQQ7GlYu29NRxDtYtLDwPFSOzSG04YdIsmqTGh
tVtI
-----END CERTIFICATE-----
`;

const entity = (id: string, spec: object, apiId = "") => ({ apiId, id, specJson: JSON.stringify(spec) });

it("shows when each ends and which stages present it, the first to end at the top", () => {
  const rows = clientCertificateRows(
    [
      entity("files1", { description: "on the nodes" }),
      entity("made01", { pemEncodedCertificate: PEM, privateKey: "hidden" }),
    ],
    [
      entity("prod", { clientCertificateId: "made01" }, "pets"),
      entity("dev", {}, "pets"),
      entity("live", { clientCertificateId: "made01" }, "shop"),
    ],
  );
  expect(rows).toEqual([
    { id: "made01", description: "", expires: "2036-11-27T15:02:46.000Z", stages: "pets/prod shop/live" },
    { id: "files1", description: "on the nodes", expires: "", stages: "" },
  ]);
});

it("exports the certificate alone", () => {
  expect(publicPartOf(entity("made01", { pemEncodedCertificate: PEM, privateKey: "hidden" }))).toBe(PEM);
  expect(publicPartOf(entity("files1", {}))).toBeUndefined();
});
