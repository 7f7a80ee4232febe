import { startHttpUpstream } from "../kit/upstream.ts";
import { startNginx } from "../load/rivals.ts";

/** ResolvingUpstream responds with the ARN that its caller was authorized for, a line break, and the path that it resolves the request to. */
export interface ResolvingUpstream {
  readonly name: string;
  readonly origin: string;
}

const latin1Decoded = (text: string): string =>
  text.replace(/%([0-9A-Fa-f]{2})/g, (_octet, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );

/** startResolvingUpstreams are nginx, which decodes, merges slashes and removes dot segments, and Node with its URL. */
export async function startResolvingUpstreams(
  scope: AsyncDisposableStack,
): Promise<readonly ResolvingUpstream[]> {
  const nginx = scope.use(await startNginx('location / { return 200 "$http_x_arn\\n$uri"; }'));
  const node = scope.use(
    await startHttpUpstream((request, response) => {
      const { pathname } = new URL(`http://upstream${request.url}`);
      const resolved = latin1Decoded(pathname).replace(/\/{2,}/g, "/");
      response.end(Buffer.from(`${String(request.headers["x-arn"] ?? "")}\n${resolved}`, "latin1"));
    }),
  );
  return [
    { name: "nginx", origin: nginx.url },
    { name: "Node", origin: node.origin },
  ];
}
