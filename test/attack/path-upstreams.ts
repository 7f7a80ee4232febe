import { startHttpUpstream } from "../kit/upstream.ts";
import { startNginx } from "../load/rivals.ts";

/** ResolvingUpstream responds with the ARN that its caller was authorized for, a line break, and the path that it resolves the request to. */
export interface ResolvingUpstream {
  readonly name: string;
  readonly origin: string;
  /** It takes different resources of policies for the same one: only routes can be kept apart behind it. */
  readonly isLenient: boolean;
}

const latin1Decoded = (text: string): string =>
  text.replace(/%([0-9A-Fa-f]{2})/g, (_octet, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );

/**
 * startResolvingUpstreams are nginx, which decodes, merges slashes and removes dot segments, Node with its URL, and a server that besides does
 * not care about letter case and a slash at the end (Express, IIS), nor about parameters of segments (Tomcat).
 */
export async function startResolvingUpstreams(
  scope: AsyncDisposableStack,
): Promise<readonly ResolvingUpstream[]> {
  const nginx = scope.use(await startNginx('location / { return 200 "$http_x_arn\\n$uri"; }'));
  const startNode = async (resolve: (path: string) => string) =>
    scope.use(
      await startHttpUpstream((request, response) => {
        const { pathname } = new URL(`http://upstream${request.url}`);
        const resolved = resolve(pathname).replace(/\/{2,}/g, "/");
        response.end(Buffer.from(`${String(request.headers["x-arn"] ?? "")}\n${resolved}`, "latin1"));
      }),
    );
  const node = await startNode(latin1Decoded);
  const withoutParameters = (path: string) => path.replace(/;[^/]*/g, "");
  const lenient = await startNode((path) =>
    withoutParameters(latin1Decoded(withoutParameters(path)))
      .toLowerCase()
      .replace(/(.)\/+$/, "$1"),
  );
  return [
    { name: "nginx", origin: nginx.url, isLenient: false },
    { name: "Node", origin: node.origin, isLenient: false },
    { name: "a lenient server", origin: lenient.origin, isLenient: true },
  ];
}
