import { iamAuthorization } from "../../authorization/iam.ts";
import { deny } from "../../call/errors.ts";
import type { FilterFactory } from "../../engine/ports.ts";
import type { HttpRoute } from "../context.ts";
import { jwtAuthorization } from "./jwt.ts";
import { lambdaAuthorization } from "./lambda.ts";

/** An authorizer that does not fit is refused when it is parsed; should one get here, nobody is allowed. */
const unfit = deny("AUTHORIZER_CONFIGURATION_ERROR");

/** authorization allows whom the route's authorization allows (AWS: control and manage access to HTTP APIs). */
export const authorization: FilterFactory<HttpRoute> = ({ context, spec }, ports) => {
  if (!spec || spec.authorizationType === "NONE") return undefined;
  const { authorizationType, authorizerId = "", authorizationScopes } = spec;
  if (authorizationType === "AWS_IAM") return iamAuthorization(context, undefined, ports);
  const { authorizers } = context;
  const authorizer = Object.hasOwn(authorizers, authorizerId) ? authorizers[authorizerId] : undefined;
  if (authorizer?.authorizerType === "JWT" && authorizationType === "JWT")
    return jwtAuthorization(authorizerId, authorizer, authorizationScopes, context, ports);
  if (authorizer?.authorizerType === "REQUEST" && authorizationType === "CUSTOM")
    return lambdaAuthorization(authorizerId, authorizer, context, ports);
  return () => unfit;
};
