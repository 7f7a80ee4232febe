import { iamAuthorization } from "../../authorization/iam.ts";
import { deny } from "../../call/errors.ts";
import type { FilterFactory } from "../../engine/ports.ts";
import type { WebSocketRoute } from "../context.ts";
import { lambdaAuthorization } from "./lambda.ts";

/** An authorizer that does not fit is refused when it is parsed; should one get here, nobody is allowed. */
const unfit = deny("AUTHORIZER_CONFIGURATION_ERROR");

/** authorization allows whom $connect's authorization allows (AWS: control and manage access to WebSocket APIs). */
export const authorization: FilterFactory<WebSocketRoute> = ({ context, spec }, ports) => {
  if (!spec || spec.authorizationType === "NONE") return undefined;
  if (spec.authorizationType === "AWS_IAM") return iamAuthorization(context, undefined, ports);
  const { authorizers } = context;
  const id = spec.authorizerId ?? "";
  const authorizer = Object.hasOwn(authorizers, id) ? authorizers[id] : undefined;
  return authorizer ? lambdaAuthorization(authorizer, context, ports) : () => unfit;
};
