import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMoto } from "../../kit/moto.ts";
import { freePort, startProcess, until } from "../../kit/process.ts";
import { pythonPackage, pythonVersion } from "../../kit/python.ts";
import { publicRepository } from "../../kit/repository.ts";
import { FunctionHost } from "../localstack/function-host.ts";
import { LambdaApi } from "../localstack/lambda-api.ts";
import { PORT, serveOneEndpoint } from "../localstack/one-endpoint.ts";
import { runPytest } from "./pytest.ts";
import type { Suite, SuiteOutcome } from "./suite.ts";

/** The last commit with the tests and what AWS returned to them. */
const CHECKOUT = {
  name: "localstack/localstack",
  commit: "8b9a79f05846835cf4dff63ab7eefdde9df83783",
  paths: ["localstack-core", "tests"],
};
const TESTS = "tests/aws/services/apigateway";
/** Templates are AWS's CloudFormation's, and ids are of LocalStack's own. */
const LEFT_OUT = ["test_apigateway_lambda_cfn.py", "test_apigateway_custom_ids.py"];

const OWN = fileURLToPath(new URL("../localstack/", import.meta.url));
const GATEWAY = fileURLToPath(new URL("../../../packages/standalone/src/main.ts", import.meta.url));

const DOMAIN = "localhost.localstack.cloud";
const ENDPOINT = `http://127.0.0.1:${PORT}`;
const ACCOUNT = "000000000000";
const CLIENT = {
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_REGION: "us-east-1",
  AWS_DEFAULT_REGION: "us-east-1",
};
const TEST_SECONDS = 40;

/** Starts a Tollgate whose services are behind the one endpoint. */
async function startGateway(scope: AsyncDisposableStack): Promise<{ httpPort: number; controlPort: number }> {
  const home = mkdtempSync(join(tmpdir(), "tollgate-localstack-"));
  scope.defer(() => rmSync(home, { recursive: true, force: true }));
  const [httpPort, controlPort] = [await freePort(), await freePort()];
  const free = { TOLLGATE_GRPC_PORT: "0", TOLLGATE_ADMIN_PORT: "0", TOLLGATE_METERING_PORT: "0" };
  const gateway = scope.use(
    startProcess(process.execPath, [GATEWAY], {
      env: {
        ...process.env,
        ...CLIENT,
        ...free,
        TOLLGATE_HTTP_PORT: String(httpPort),
        TOLLGATE_CONTROL_PORT: String(controlPort),
        TOLLGATE_HOME: home,
        TOLLGATE_WORKERS: "1",
        TOLLGATE_LOG_LEVEL: "warn",
        TOLLGATE_PATH_STYLE_HOSTS: DOMAIN,
        TOLLGATE_EGRESS: "allow loopback",
        AWS_ENDPOINT_URL: ENDPOINT,
        AWS_ENDPOINT_URL_LAMBDA: ENDPOINT,
        NODE_OPTIONS: `--import ${join(OWN, "resolve-loopback.mjs")}`,
      },
    }),
  );
  await until(
    () => `a gateway: ${gateway.output()}`,
    () => gateway.output().includes("is running"),
  );
  return { httpPort, controlPort };
}

/** Runs the tests and returns what the plugin says of each. */
async function runTests(python: string): Promise<readonly SuiteOutcome[]> {
  const checkout = await publicRepository(CHECKOUT);
  return await runPytest(python, {
    plugins: { folder: OWN, names: ["strict_plugin"] },
    folder: checkout,
    sources: [join(checkout, "localstack-core"), checkout],
    tests: [`--timeout=${TEST_SECONDS}`, ...LEFT_OUT.map((file) => `--ignore=${TESTS}/${file}`), TESTS],
    env: {
      ...CLIENT,
      TEST_SKIP_LOCALSTACK_START: "1",
      TEST_AWS_ENDPOINT_URL: ENDPOINT,
      LOCALSTACK_HOST: `${DOMAIN}:${PORT}`,
      DISABLE_EVENTS: "1",
    },
  });
}

/** LocalStack's tests of API Gateway that were validated on AWS, without their exemptions, against AWS's recordings. */
export const localstack: Suite = {
  name: "Tests recorded on AWS (LocalStack)",
  async run() {
    await using scope = new AsyncDisposableStack();
    const requirements = readFileSync(join(OWN, "requirements.txt"), "utf8").trim().split("\n").join(" ");
    const interpreter = await pythonVersion("3.13");
    if (interpreter === undefined) throw new Error("please install Python 3.13 or later: the tests need it");
    const programs = await pythonPackage("localstack-tests-4.14", requirements, "pytest", interpreter);
    const python = join(programs, "python");
    const moto = scope.use(await startMoto({ checksSignatures: false, accountId: ACCOUNT }));
    const functions = scope.use(new FunctionHost(python, { ...CLIENT, AWS_ENDPOINT_URL: ENDPOINT }));
    const lambda = new LambdaApi(functions, (id) => `http://${id}.lambda-url.us-east-1.${DOMAIN}:${PORT}/`);
    const gateway = await startGateway(scope);
    scope.use(
      await serveOneEndpoint({ ...gateway, motoPort: Number(new URL(moto.url).port), lambda, functions }),
    );
    return await runTests(python);
  },
  explained: [
    {
      why: "parameters are exported in the order of their names (text choice 1)",
      fits: (title) => /test_export_(swagger|oas30)_openapi\[TEST_IMPORT_PETSTORE_SWAGGER\]/.test(title),
    },
    {
      why: "a resource keeps its cache namespace (text choice 2)",
      fits: (title) => title.includes("test_import_rest_api_with_base_path_oas30[ignore]"),
    },
    {
      why: "the log of a test shows the headers that were sent to the function (text choice 3)",
      fits: (title) => title.includes("test_apigw_test_invoke_method_api"),
    },
    {
      why: "needs a VPC",
      fits: (title) => title.includes("test_create_execute_api_vpc_endpoint"),
    },
    {
      why: "needs CloudFront, httpbin.org and Lambda themselves: their headers, and the lengths of bodies that contain them",
      fits: (title) => title.includes("TestApiGatewayHeaderRemapping"),
    },
    {
      why: "needs a runtime of Lambda that runs executables",
      fits: (title) => title.includes("test_lambda_rust_proxy_integration"),
    },
    {
      why: "needs S3 with checksums and encryption, which moto's does not return",
      fits: (title) => title.includes("TestApiGatewayS3BinarySupport"),
    },
    {
      why: "needs the iterators of Kinesis",
      fits: (title) => title.includes("test_apigateway_to_kinesis"),
    },
    {
      why: "needs JSON from SQS and SSM for requests of the query protocol, where moto returns XML",
      fits: (title) =>
        /test_sqs_request_and_response_xml_templates|with_message_attribute\[MessageAttributes\]|test_ssm_aws_integration/.test(
          title,
        ),
    },
  ],
};
