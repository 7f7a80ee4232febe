import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startGateway } from "../../kit/gateway.ts";
import { startMoto } from "../../kit/moto.ts";
import { pythonPackage } from "../../kit/python.ts";
import { publicRepository } from "../../kit/repository.ts";
import { corrections } from "../moto/corrections.ts";
import { expectations } from "../moto/expectations.ts";
import { reasons } from "../moto/reasons.ts";
import { runPytest } from "./pytest.ts";
import type { Suite } from "./suite.ts";

/** The release of which the tests are. */
const VERSION = "5.2.3";
const CHECKOUT = {
  name: "getmoto/moto",
  commit: "0af643a5dbfc98797f08ee64f5be3ef8002d56ff",
  paths: ["tests"],
};
const TESTS = ["tests/test_apigateway", "tests/test_apigatewayv2"];
/** Tests of moto's own server, of ids that are chosen in its memory, and of its CloudFormation. */
const LEFT_OUT = /^test_(server|apigateway_custom_ids|apigateway_cloudformation)\.py$/;
const REQUIREMENTS = `moto[apigateway,apigatewayv2,cognitoidp]==${VERSION} pytest==9.2.0 pytest-timeout==2.4.0 freezegun==1.5.5`;

const OWN = fileURLToPath(new URL("../moto/", import.meta.url));
const ACCOUNT = "000000000000";
const TEST_SECONDS = 20;

/** The tests with their corrections, in a folder of their own that is removed with the scope. */
async function correctedTests(scope: AsyncDisposableStack): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-moto-"));
  scope.defer(() => rmSync(folder, { recursive: true }));
  const checkout = await publicRepository(CHECKOUT);
  for (const name of ["__init__.py", "conftest.py", "markers.py"])
    cpSync(join(checkout, "tests", name), join(folder, "tests", name));
  for (const tests of TESTS) {
    cpSync(join(checkout, tests), join(folder, tests), { recursive: true });
    for (const name of readdirSync(join(folder, tests)).filter((one) => /^test_\w+\.py$/.test(one))) {
      const file = join(folder, tests, name);
      if (LEFT_OUT.test(name)) rmSync(file);
      else {
        const fitting = [...corrections, ...expectations].filter(({ files }) => name.startsWith(files));
        const text = fitting.reduce(
          (before, { from, to }) => before.replaceAll(from, to),
          readFileSync(file, "utf8"),
        );
        writeFileSync(file, text);
      }
    }
  }
  return folder;
}

/** moto's tests of its API Gateway, which hold what its authors know or suppose of AWS's. */
export const moto: Suite = {
  name: "Tests of moto",
  async run() {
    await using scope = new AsyncDisposableStack();
    const python = join(await pythonPackage(`moto-tests-${VERSION}`, REQUIREMENTS, "pytest"), "python");
    const services = scope.use(await startMoto({ checksSignatures: false, accountId: ACCOUNT }));
    const gateway = scope.use(await startGateway());
    const folder = await correctedTests(scope);
    return await runPytest(python, {
      plugins: { folder: OWN, names: ["moto_plugin"] },
      folder,
      sources: [folder],
      tests: [`--timeout=${TEST_SECONDS}`, ...TESTS],
      env: {
        CONTROL_URL: gateway.controlUrl,
        MOTO_ACCOUNT_ID: ACCOUNT,
        TEST_SERVER_MODE: "true",
        TEST_SERVER_MODE_ENDPOINT: services.url,
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_DEFAULT_REGION: "us-east-1",
      },
    });
  },
  explained: reasons,
};
