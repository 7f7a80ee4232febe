import { ConfigService, DeploymentService } from "@tollgate/proto/control";
import { type ClientOptions, createClient, type ServiceClient } from "@tollgate/proto/grpc";
import { CHAT_USER, type ChatKey, chatKeyOf, chatManifests } from "./chat-api.ts";

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

interface SampleManifest {
  readonly kind: string;
  readonly apiId: string;
  readonly id: string;
  readonly spec: object;
}

const entityOf = ({ spec, ...manifest }: SampleManifest) => ({
  ...manifest,
  labels: { app: "sample" },
  specJson: JSON.stringify(spec),
});

const entity = (kind: string, id: string, spec: object) =>
  entityOf({ kind, apiId: kind === "RestApi" ? "" : SAMPLE_API, id, spec });

export interface SampleOptions {
  /** The control plane's gRPC: host:port, and the operators' token if it requires one. */
  readonly control: ClientOptions;
  /** host:port of the bundled upstream. */
  readonly upstream: string;
}

type Config = ServiceClient<typeof ConfigService>;

/** The address of the bundled upstream may be another one at each start. */
async function updateUpstream(config: Config, upstream: string): Promise<void> {
  const { entities } = await config.list({ kind: "Stage", apiId: SAMPLE_API });
  const stage = entities.find(({ id }) => id === SAMPLE_STAGE);
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
}

async function chatKey(config: Config): Promise<ChatKey | undefined> {
  const { entities } = await config.list({ kind: "User", includeSecrets: true });
  const user = entities.find(({ id }) => id === CHAT_USER);
  return user && chatKeyOf(user.specJson);
}

/** InstalledSample is what the sample's functions are given. */
export interface InstalledSample {
  /** undefined: a user of Tollgate has deleted it. */
  readonly chatKey: ChatKey | undefined;
}

/**
 * installSample writes the sample APIs through the public API: a REST API with a mock route, an HTTP proxy route and a function route, and a chat.
 * Existing ones keep their users' changes; only the address of the bundled upstream is updated.
 */
export async function installSample({ control, upstream }: SampleOptions): Promise<InstalledSample> {
  const config = createClient(ConfigService, control);
  const deployments = createClient(DeploymentService, control);
  try {
    const { entities } = await config.list({ kind: "", pageSize: 2 });
    // With IAM the account has its own key from the beginning on.
    if (entities.every(({ kind }) => kind === "RootAccessKey")) {
      await config.apply({
        entities: [
          entity("RestApi", SAMPLE_API, { name: "Sample API", description: "The sample API of npm start" }),
          entity("Resource", "mock01", { path: "/mock", methods: { GET: mock } }),
          entity("Resource", "http01", { path: "/http/{proxy+}", methods: { ANY: proxy } }),
          entity("Resource", "hello1", { path: "/hello", methods: { GET: hello } }),
          ...chatManifests().map(entityOf),
        ],
      });
      await deployments.createDeployment({
        apiId: SAMPLE_API,
        stageName: SAMPLE_STAGE,
        description: "npm start",
      });
    }
    await updateUpstream(config, upstream);
    return { chatKey: await chatKey(config) };
  } finally {
    config.close();
    deployments.close();
  }
}
