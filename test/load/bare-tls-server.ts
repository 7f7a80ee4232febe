import { readFileSync } from "node:fs";
import { createServer } from "node:https";

/** A server of Node.js alone, which the handshakes of a node are compared with: FILE OF CERTIFICATE, FILE OF KEY, PORT. */
const [certificate = "", key = "", port = ""] = process.argv.slice(2);
createServer(
  { cert: readFileSync(certificate), key: readFileSync(key), ALPNProtocols: ["h2", "http/1.1"] },
  (_request, response) => response.end(),
).listen(Number(port), "127.0.0.1");
