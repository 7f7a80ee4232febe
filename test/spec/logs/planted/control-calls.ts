import type { Boto } from "../../../kit/boto.ts";
import { selfSigned } from "../../../kit/certificate.ts";
import type { Signer } from "../../../kit/signed.ts";
import type { GatewayApart } from "./gateway.ts";
import type { PlantedSecret } from "./places.ts";

/** What operators write into values that are sealed. */
const API_KEY = "planted5sealedvalueofanapikey";
const REFUSED = "planted5refusedvalueofanapikey";
const VARIABLE = "planted5variableofarefuseddeployment";
/** CONTROL_SECRETS are what callControlPlane sends. */
export const CONTROL_SECRETS: readonly PlantedSecret[] = [
  ["the value of an API key", API_KEY],
  ["the value of an API key that is refused", REFUSED],
  ["a variable of a deployment that is refused", VARIABLE],
];

/** callControlPlane makes what has secrets, as an operator and as AWS's clients; the keys that it was shown, and who may send to connections. */
export async function callControlPlane(
  gateway: GatewayApart,
  boto: Boto,
): Promise<{ readonly secrets: readonly PlantedSecret[]; readonly manager: Signer }> {
  await gateway.apply([
    { kind: "ApiKey", id: "plantedkey", spec: { name: "planted", value: API_KEY, enabled: true } },
  ]);
  await boto.call("create_api_key", { name: "again", value: API_KEY, enabled: true }).catch(() => undefined);
  await boto.call("create_api_key", { name: "a".repeat(2_000), value: REFUSED }).catch(() => undefined);
  const { id: restApiId } = await boto.call("create_rest_api", { name: "planted" });
  const deployment = { restApiId, stageName: "planted", variables: { dbPassword: VARIABLE } };
  await boto.call("create_deployment", deployment).catch(() => undefined);
  await boto.call("generate_client_certificate");
  const { certificate, privateKey } = await selfSigned("planted.example");
  await boto.as("acm").call("import_certificate", { Certificate: certificate, PrivateKey: privateKey });
  const iam = boto.as("iam");
  await iam.call("create_user", { UserName: "planted" });
  await iam.call("put_user_policy", {
    UserName: "planted",
    PolicyName: "planted",
    PolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "execute-api:ManageConnections", Resource: "*" }],
    }),
  });
  const { AccessKey } = await iam.call("create_access_key", { UserName: "planted" });
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = AccessKey as {
    readonly AccessKeyId: string;
    readonly SecretAccessKey: string;
  };
  return {
    secrets: [
      ["the private key of a certificate", privateKey.split("\n")[1] as string],
      ["the secret of an access key", secretAccessKey],
    ],
    manager: { accessKeyId, secretAccessKey },
  };
}
