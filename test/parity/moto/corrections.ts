/** Correction replaces what moto's tests send by what AWS takes, where a test is about something else, or what they expect by what AWS returns. */
export interface Correction {
  /** Files whose names begin so. */
  readonly files: string;
  readonly from: string | RegExp;
  readonly to: string;
}

const DOMAIN = "test-domain.example.com";
const BALANCER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/one/50dc6c495c0c9188";
const HTTP_API = 'ProtocolType="HTTP")';
const WEBSOCKET_API = 'ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")';
/** Tests of what only WebSocket APIs have, which moto lets HTTP APIs have. */
const OF_WEBSOCKET_APIS = ["test_apigatewayv2_integrationresponses", "test_apigatewayv2_models"];

export const corrections: readonly Correction[] = [
  { files: "test_apigateway.py", from: '"testDomain"', to: `"${DOMAIN}"` },
  { files: "test_apigateway_vpclink", from: "elb:target:arn", to: BALANCER },
  // A role of another account than that of the tests.
  { files: "test_apigateway.py", from: /"arn:aws:iam::0{12}:role/g, to: '"arn:aws:iam::111111111111:role' },
  { files: "test_apigatewayv2_domains", from: 'domain_name = "dev"', to: `domain_name = "${DOMAIN}"` },
  { files: "test_apigateway", from: /(authorizationType"?[=:] ?)"none"/g, to: '$1"NONE"' },
  {
    files: "test_apigatewayv2.py",
    from: /\broute_s3l3ction\b/g,
    to: "${request.method} ${request.path}",
  },
  { files: "test_apigatewayv2", from: 'ProtocolType="WEBSOCKET")', to: WEBSOCKET_API },
  ...OF_WEBSOCKET_APIS.map((files) => ({ files, from: HTTP_API, to: WEBSOCKET_API })),
  {
    files: "test_apigatewayv2_integrationresponses",
    from: 'IntegrationType="HTTP")',
    to: 'IntegrationType="MOCK")',
  },
  {
    files: "test_apigatewayv2_mappings",
    from: /^( +)(api = client\.create_api\(Name="test-api", ProtocolType="HTTP"\))$/gm,
    to: '$1$2\n$1client.create_stage(ApiId=api["ApiId"], StageName="$$default")',
  },
];
