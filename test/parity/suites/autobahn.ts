import { type AutobahnVerdict, runAutobahn } from "../../kit/autobahn.ts";
import { startGateway } from "../../kit/gateway.ts";
import { startHttpUpstream } from "../../kit/upstream.ts";
import { deployWebSocketApi, twoWay } from "../../kit/websocket-api.ts";
import type { Suite } from "./suite.ts";

/** The cases of the protocol itself; 11 is empty, and 12 and 13 are of extensions. */
const CASES: Readonly<Record<string, string>> = {
  "1.*": "framing",
  "2.*": "pings and pongs",
  "3.*": "reserved bits",
  "4.*": "opcodes",
  "5.*": "fragmentation",
  "6.*": "UTF-8",
  "7.*": "close handling",
  "9.*": "limits and performance",
  "10.*": "automatic fragmentation",
};

const PASSED: readonly string[] = ["OK", "INFORMATIONAL"];

/** Such as "1.1.6 FAILED, closed with 1009". */
function titleOf({ id, behavior, behaviorClose, remoteCloseCode }: AutobahnVerdict): string {
  const verdict = PASSED.includes(behavior) ? behaviorClose : behavior;
  return `${id} ${verdict}, closed with ${remoteCloseCode ?? "no status"}`;
}

/** The cases of Autobahn's fuzzing client, against an HTTP integration that sends each message back. */
export const autobahn: Suite = {
  name: "WebSocket protocol (Autobahn)",
  async run() {
    await using scope = new AsyncDisposableStack();
    const upstream = scope.use(await startHttpUpstream((request, response) => void request.pipe(response)));
    const gateway = scope.use(await startGateway({ TOLLGATE_EGRESS: "allow loopback" }));
    const echo = {
      integrationType: "HTTP_PROXY",
      integrationUri: upstream.origin,
      integrationMethod: "POST",
    };
    const { apiId } = await deployWebSocketApi(gateway, {
      routes: { $default: { ...twoWay, integration: echo } },
    });
    const url = `ws://127.0.0.1:${gateway.httpPorts[0]}/_aws/execute-api/${apiId}/live`;
    const verdicts = await runAutobahn(url, Object.keys(CASES));
    return verdicts.map((verdict) => {
      const { id, behavior, behaviorClose } = verdict;
      const isPassed = PASSED.includes(behavior) && PASSED.includes(behaviorClose);
      return {
        part: CASES[`${id.split(".")[0]}.*`] ?? "other",
        title: titleOf(verdict),
        difference: isPassed ? undefined : `${behavior}, ${behaviorClose} close`,
      };
    });
  },
  explained: [
    {
      why: "a frame of more than 32 KB, or a message of more than 128 KB, ends the connection with 1009",
      fits: (title) => /^(1\.[12]\.[678]|9\.\d+\.\d+) FAILED, closed with 1009$/.test(title),
    },
    {
      why: "a binary frame of a client ends the connection with 1003",
      fits: (title) => /^(1\.2|9\.\d+)\.\d+ FAILED, closed with 1003$/.test(title),
    },
    {
      why: "an empty response of an integration is not sent",
      fits: (title) => /^(1\.1\.1|6\.1\.[12]|9\.7\.1) /.test(title),
    },
    {
      why: "what breaks the protocol ends the connection at once: the messages before it, which an integration handles, get no response",
      fits: (title) => /^(3|4|5|6)\.\S+ NON-STRICT, closed with 100[27]$/.test(title),
    },
  ],
};
