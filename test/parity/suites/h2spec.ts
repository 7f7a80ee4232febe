import { startGateway } from "../../kit/gateway.ts";
import { runH2spec } from "../../kit/h2spec.ts";
import { mock } from "../../kit/rest-api.ts";
import type { Suite } from "./suite.ts";

const isOneOf = (titles: readonly string[]) => (title: string) => titles.includes(title);

/** The cases of h2spec, strict, against a MOCK integration behind TLS. */
export const h2spec: Suite = {
  name: "HTTP/2 (h2spec, strict, with TLS)",
  async run() {
    await using gateway = await startGateway();
    const apiId = await gateway.deploy({ "ANY /": mock("a body that is larger than one window of h2spec") });
    const verdicts = await runH2spec(gateway.httpsPort as number, `/_aws/execute-api/${apiId}/prod/`);
    return verdicts.map(({ section, number, title, isPassed }) => ({
      part: section.split("/")[0] as string,
      title: `${section} case ${number}`,
      difference: isPassed ? undefined : title,
    }));
  },
  explained: [
    {
      why: "nghttp2 ignores frames on a stream that has ended: RFC 9113 (5.1) lets a server do so for a time after it has sent RST_STREAM or END_STREAM",
      fits: isOneOf(["http2/5.1 case 8", "http2/5.1 case 9", "http2/5.1 case 11", "http2/5.1 case 12"]),
    },
    {
      why: "nghttp2 ignores HEADERS with an id below the last one, as frames on a stream that has ended: that stream is closed implicitly",
      fits: isOneOf(["http2/5.1.1 case 2"]),
    },
    {
      why: "wrong PRIORITY frames are ignored: RFC 9113 (5.3.2) has withdrawn what they meant",
      fits: isOneOf(["http2/5.3.1 case 2", "http2/6.3 case 1"]),
    },
    {
      why: "an acknowledgement of a PING that was never sent ends the connection: Node.js takes it for an error of the protocol",
      fits: isOneOf(["http2/6.7 case 2"]),
    },
    {
      why: "a stream's window above 2^31-1 ends the connection, not the stream alone",
      fits: isOneOf(["http2/6.9.1 case 3"]),
    },
  ],
};
