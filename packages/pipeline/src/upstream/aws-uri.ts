/** AwsUri is the URI of an AWS integration: arn:aws:apigateway:{region}:{subdomain.service}:{path|action}/{value}. */
export interface AwsUri {
  readonly region: string;
  readonly service: string;
  /** Empty where the URI names none. */
  readonly subdomain: string;
  /** What is asked for, with its query string; {names} are still in it. */
  readonly path: string;
  /** undefined: the URI gives a path. */
  readonly action: string | undefined;
}

const URI =
  /^arn:aws[a-z-]*:apigateway:([a-z0-9-]+):((?:[A-Za-z0-9{}_-]+\.)*)([a-z0-9-]+):(path|action)\/(.*)$/s;

/** parseAwsUri reads the URI of an AWS integration; undefined: it is none. */
export function parseAwsUri(uri: string): AwsUri | undefined {
  const [, region, subdomain, service, kind, value] = URI.exec(uri) ?? [];
  if (region === undefined || subdomain === undefined || service === undefined || value === undefined)
    return undefined;
  const address = { region, service, subdomain: subdomain.replace(/\.$/, "") };
  if (kind === "path")
    return { ...address, path: value.startsWith("/") ? value : `/${value}`, action: undefined };
  const [action = "", query] = value.split(/[?&](.*)/s);
  return { ...address, path: `/?Action=${action}${query ? `&${query}` : ""}`, action };
}
