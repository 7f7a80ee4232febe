import { CliError, EXIT } from "./output.ts";

/** GatewayOptions say which stage of which gateway a command talks to, as its clients do. */
export interface GatewayOptions {
  readonly gateway: string;
  readonly stage: string;
}

/** stageUrl is the path-style address of a stage. */
export function stageUrl({ gateway, stage }: GatewayOptions, apiId: string): URL {
  if (!/^https?:\/\//.test(gateway) || !URL.canParse(gateway))
    throw new CliError(
      `--gateway '${gateway}' must be the address of a node, such as http://127.0.0.1:8080`,
      EXIT.USAGE,
    );
  const base = new URL(gateway);
  base.pathname = `/_aws/execute-api/${encodeURIComponent(apiId)}/${encodeURIComponent(stage)}`;
  return base;
}
