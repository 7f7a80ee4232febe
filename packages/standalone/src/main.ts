import { styleText } from "node:util";
import { rootKeyText } from "@tollgate/control-plane";
import { runProcess } from "@tollgate/telemetry";
import { CHAT_API, CHAT_STAGE } from "./sample/chat-api.ts";
import { LOCAL_EGRESS, startStandalone } from "./standalone.ts";

await runProcess(async () => {
  const parts = await startStandalone(process.env);
  const { sampleUrl, grpcPort, controlPort, meteringPort, adminPort, home, egress } = parts;
  const egressText =
    egress === LOCAL_EGRESS
      ? `may be on this machine (TOLLGATE_EGRESS="${egress}"; elsewhere they may not)`
      : `TOLLGATE_EGRESS="${egress}"`;
  const bold = (text: string) => styleText("bold", text, { stream: process.stdout });
  process.stdout.write(`
${bold("Tollgate is running.")} State is kept in ${home}; Ctrl-C stops it.

  sample API      ${sampleUrl}/mock
                  ${sampleUrl}/http/anything/you/like
                  ${sampleUrl}/hello?name=Ada
  sample chat     npx tollgate connect ${CHAT_API} --stage ${CHAT_STAGE} (in two terminals)
  control plane   127.0.0.1:${grpcPort} (gRPC), http://127.0.0.1:${controlPort}/readyz
  metering        127.0.0.1:${meteringPort} (gRPC)
  metrics         http://127.0.0.1:${adminPort}/metrics
  upstreams       ${egressText}

Try:
  curl -i '${sampleUrl}/hello?name=Ada'
  npx tollgate get all
  npx tollgate usage --by api,stage,method --period hour

`);
  if (parts.rootKey) process.stdout.write(rootKeyText(parts.rootKey));
  return parts;
});
