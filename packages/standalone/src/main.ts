import { styleText } from "node:util";
import { rootKeyText } from "@tollgate/control-plane";
import { runProcess } from "@tollgate/telemetry";
import { CHAT_API, CHAT_STAGE } from "./sample/chat-api.ts";
import { LOCAL_EGRESS, startStandalone } from "./standalone.ts";

await runProcess(async () => {
  const parts = await startStandalone(process.env);
  const {
    sampleUrl,
    httpsPort,
    authorityFile,
    grpcPort,
    controlPort,
    meteringPort,
    adminPort,
    home,
    egress,
  } = parts;
  const egressText =
    egress === LOCAL_EGRESS
      ? `may be on this machine (TOLLGATE_EGRESS="${egress}"; elsewhere they may not)`
      : `TOLLGATE_EGRESS="${egress}"`;
  const secureUrl = sampleUrl.replace(/^https?:\/\/[^/]+/, `https://localhost:${httpsPort}`);
  const httpsText =
    httpsPort === 0
      ? ""
      : `  with HTTPS      ${secureUrl}/mock${authorityFile ? ` (signed by ${authorityFile})` : ""}\n`;
  const bold = (text: string) => styleText("bold", text, { stream: process.stdout });
  process.stdout.write(`
${bold("Tollgate is running.")} State is kept in ${home}; Ctrl-C stops it.

  sample API      ${sampleUrl}/mock
                  ${sampleUrl}/http/anything/you/like
                  ${sampleUrl}/hello?name=Ada
${httpsText}  sample chat     npx tollgate connect ${CHAT_API} --stage ${CHAT_STAGE} (in two terminals)
  control plane   127.0.0.1:${grpcPort} (gRPC), http://127.0.0.1:${controlPort}/readyz
  metering        127.0.0.1:${meteringPort} (gRPC)
  metrics         http://127.0.0.1:${adminPort}/metrics
  upstreams       ${egressText}

Try:
  curl -i '${sampleUrl}/hello?name=Ada'
${authorityFile ? `  curl -i --cacert ${authorityFile} '${secureUrl}/hello?name=Ada'\n` : ""}  npx tollgate get all
  npx tollgate usage --by api,stage,method --period hour

`);
  if (parts.rootKey) process.stdout.write(rootKeyText(parts.rootKey));
  return parts;
});
