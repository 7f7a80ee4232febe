/** ManagedPolicy is a policy that exists in every account. */
export interface ManagedPolicy {
  readonly name: string;
  readonly description: string;
  readonly document: object;
}

const allow = (actions: readonly string[], resource = "*") => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: actions, Resource: resource }],
});

const ROWS: readonly ManagedPolicy[] = [
  { name: "AdministratorAccess", description: "Everything.", document: allow(["*"]) },
  {
    name: "AmazonAPIGatewayAdministrator",
    description: "Create, change and delete APIs.",
    document: allow(["apigateway:*"], "arn:aws:apigateway:*::/*"),
  },
  {
    name: "AmazonAPIGatewayInvokeFullAccess",
    description: "Call APIs, and their WebSocket connections.",
    document: allow(["execute-api:Invoke", "execute-api:ManageConnections"], "arn:aws:execute-api:*:*:*"),
  },
  {
    name: "IAMFullAccess",
    description: "Create, change and delete identities.",
    document: allow(["iam:*"]),
  },
  {
    name: "IAMReadOnlyAccess",
    description: "See identities.",
    document: allow(["iam:Get*", "iam:List*"]),
  },
  {
    name: "ReadOnlyAccess",
    description: "See everything and change nothing.",
    document: allow(["apigateway:GET", "iam:Get*", "iam:List*", "sts:Get*"]),
  },
];

/** MANAGED_POLICIES are the policies that exist in every account, with AWS's names, by their ARNs. */
export const MANAGED_POLICIES: ReadonlyMap<string, ManagedPolicy> = new Map(
  ROWS.map((row) => [`arn:aws:iam::aws:policy/${row.name}`, row]),
);
