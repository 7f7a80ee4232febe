import { describe, expect, it } from "vitest";
import { explainUnreachable } from "./unreachable.ts";

const noConnection = (error: string) => `No connection established. Last error: ${error}. Resolution note: `;

describe("an error of a connection says its cause and what to do", () => {
  it.each([
    [
      "Error: connect ECONNREFUSED 127.0.0.1:7070",
      false,
      /nothing listens there \(connect ECONNREFUSED 127\.0\.0\.1:7070\)\nIs it running\?/,
    ],
    ["Error: connect ETIMEDOUT 10.0.0.1:7070", false, /no way to that address/],
    [
      "Failed to connect (2026-11-29T13:20:45.259Z)",
      false,
      /closed the connection at once .*\nIt may require TLS: set TOLLGATE_TLS_CA/,
    ],
    ["Failed to connect (2026-11-29T13:20:46.169Z)", true, /\nIt may not accept the client certificate/],
    [
      "Error: 4053:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:x.c:78:\n",
      true,
      /does not use TLS/,
    ],
    [
      "Error: unable to verify the first certificate; if the root CA is installed",
      true,
      /Set TOLLGATE_TLS_CA/,
    ],
    ["Error: self-signed certificate in certificate chain", true, /Set TOLLGATE_TLS_CA/],
    [
      "4053:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:x.c:918:SSL alert number 116\n",
      true,
      /requires a client certificate .*\nSet TOLLGATE_TLS_CERT and TOLLGATE_TLS_KEY/s,
    ],
    [
      "Error: Hostname/IP does not match certificate's altnames: IP: 10.0.0.1 is not in the cert's list: ",
      true,
      /for another name/,
    ],
    ["Error: certificate has expired", true, /has expired/],
  ])("%s", (error, isTls, message) => {
    const text = explainUnreachable(noConnection(error), { isTls });
    expect(text).toMatch(/^cannot reach Tollgate: /);
    expect(text).toMatch(message);
    if (!error.includes("ECONNREFUSED")) expect(text).not.toContain("Is it running?");
  });

  it("of a name that does not exist", () => {
    expect(
      explainUnreachable("Name resolution failed for target dns:no.such.host:7070", { isTls: false }),
    ).toMatch(/its name cannot be resolved \(Name resolution failed for target dns:no\.such\.host:7070\)/);
  });

  it("that the server itself reports is shown as it is", () => {
    const said = "etcd cannot be reached (connect ECONNREFUSED 10.0.0.7:2379): nothing was changed";
    expect(explainUnreachable(said, { isTls: false })).toBe(said);
  });
});
