import { ConfigService, DeploymentService } from "@tollgate/proto/control";
import { type ClientOptions, createClient } from "@tollgate/proto/grpc";

export const SAMPLE_API = "tollgate01";
export const SAMPLE_STAGE = "dev";

const FUNCTION_URI =
  "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:hello/invocations";

const mock = {
  integration: {
    type: "MOCK",
    requestTemplates: { "application/json": '{"statusCode": 200}' },
    integrationResponses: {
      "200": { responseTemplates: { "application/json": '{"message": "Tollgate is running"}\n' } },
    },
  },
  methodResponses: { "200": {} },
};

const proxy = {
  requestParameters: { "method.request.path.proxy": true },
  integration: {
    type: "HTTP_PROXY",
    httpMethod: "ANY",
    uri: "http://${stageVariables.upstream}/{proxy}",
    requestParameters: { "integration.request.path.proxy": "method.request.path.proxy" },
  },
};

const hello = { integration: { type: "AWS_PROXY", httpMethod: "POST", uri: FUNCTION_URI } };

const entity = (kind: string, id: string, spec: unknown) => ({
  kind,
  apiId: kind === "RestApi" ? "" : SAMPLE_API,
  id,
  labels: { app: "sample" },
  specJson: JSON.stringify(spec),
});

export interface SampleOptions {
  /** The control plane's gRPC: host:port, and the operators' token if it requires one. */
  readonly control: ClientOptions;
  /** host:port of the bundled upstream. */
  readonly upstream: string;
}

/**
 * installSampleApi writes the sample API through the public API: a mock route, an HTTP proxy route and a function route. An existing sample
 * API keeps its users' changes; only the address of the bundled upstream is updated.
 */
export async function installSampleApi({ control, upstream }: SampleOptions): Promise<void> {
  const config = createClient(ConfigService, control);
  const deployments = createClient(DeploymentService, control);
  try {
    const { entities } = await config.list({ kind: "", pageSize: 1 });
    if (entities.length === 0) {
      await config.apply({
        entities: [
          entity("RestApi", SAMPLE_API, { name: "Sample API", description: "The sample API of npm start" }),
          entity("Resource", "mock01", { path: "/mock", methods: { GET: mock } }),
          entity("Resource", "http01", { path: "/http/{proxy+}", methods: { ANY: proxy } }),
          entity("Resource", "hello1", { path: "/hello", methods: { GET: hello } }),
        ],
      });
      await deployments.createDeployment({
        apiId: SAMPLE_API,
        stageName: SAMPLE_STAGE,
        description: "npm start",
      });
    }
    const { entities: stages } = await config.list({ kind: "Stage", apiId: SAMPLE_API });
    const stage = stages.find(({ id }) => id === SAMPLE_STAGE);
    if (!stage) return; // a user deleted it
    const spec = JSON.parse(stage.specJson) as { variables: Record<string, string> };
    if (spec.variables.upstream === upstream) return;
    await config.apply({
      entities: [
        {
          ...entity("Stage", SAMPLE_STAGE, { ...spec, variables: { ...spec.variables, upstream } }),
          labels: stage.labels,
        },
      ],
    });
  } finally {
    config.close();
    deployments.close();
  }
}
