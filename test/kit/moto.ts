import { join } from "node:path";
import { freePort, startProcess, until } from "./process.ts";
import { pythonPackage } from "./python.ts";

const VERSION = "5.2.5";
const SERVICES = "server,sqs,sns,kinesis,stepfunctions,dynamodb,s3,events,ssm,sts,iam,cognitoidp";

const motoPrograms = () =>
  pythonPackage(`moto-${VERSION}-cognito`, `moto[${SERVICES}]==${VERSION}`, "moto_server");

/** pythonWithBotocore is an interpreter that has AWS's own clients: boto3 and botocore come with moto. */
export const pythonWithBotocore = async (): Promise<string> => join(await motoPrograms(), "python");

export interface Moto extends AsyncDisposable {
  readonly url: string;
  /** Keys of a user who may do everything. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const FORM = {
  "content-type": "application/x-www-form-urlencoded",
  authorization: "AWS4-HMAC-SHA256 Credential=first/20260101/us-east-1/iam/aws4_request",
};
const ALLOW_ALL = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});

/**
 * startMoto runs AWS's services on loopback. After its first user is made it checks every signature and policy, as AWS does, unless it is
 * told not to: its check takes no action from a query string.
 */
export async function startMoto({ checksSignatures = true, accountId = "123456789012" } = {}): Promise<Moto> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = startProcess(
    join(await motoPrograms(), "moto_server"),
    ["-H", "127.0.0.1", "-p", String(port)],
    {
      env: {
        ...process.env,
        MOTO_ACCOUNT_ID: accountId,
        ...(checksSignatures ? { INITIAL_NO_AUTH_ACTION_COUNT: "3" } : {}),
      },
    },
  );
  await until(
    () => `moto on ${port}: ${server.output().slice(-2000)}`,
    () =>
      fetch(`${url}/moto-api/data.json`).then(
        ({ ok }) => ok,
        () => false,
      ),
  );
  const iam = async (parameters: Record<string, string>) => {
    const body = new URLSearchParams({ Version: "2010-05-08", UserName: "gateway", ...parameters });
    const response = await fetch(url, { method: "POST", body, headers: FORM });
    const text = await response.text();
    if (!response.ok) throw new Error(`moto refused ${parameters.Action}: ${text}`);
    return text;
  };
  await iam({ Action: "CreateUser" });
  const key = await iam({ Action: "CreateAccessKey" });
  await iam({ Action: "PutUserPolicy", PolicyName: "all", PolicyDocument: ALLOW_ALL });
  const element = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(key)?.[1] ?? "";
  return {
    url,
    accessKeyId: element("AccessKeyId"),
    secretAccessKey: element("SecretAccessKey"),
    [Symbol.asyncDispose]: () => server.kill("SIGTERM"),
  };
}
