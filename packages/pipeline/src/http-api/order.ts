import type { HttpApiAuthorizer, HttpApiRoute } from "@tollgate/config";
import { iamAuthorization } from "../authorization/iam.ts";
import { deny } from "../call/errors.ts";
import { headLimit } from "../filters/head-limit.ts";
import { payloadLimit } from "../filters/payload-limit.ts";
import { throttling } from "../filters/throttling.ts";
import { traceSampling } from "../filters/trace-sampling.ts";
import type { FilterFactory } from "../rest-api/order.ts";
import type { Ports } from "../engine/ports.ts";
import type { Filter, RouteContext } from "../engine/route.ts";
import { jwtAuthorization } from "./authorizers/jwt.ts";
import { requestAuthorization } from "./authorizers/lambda.ts";

/** An authorizer that does not fit does not get past parsing; should one get here, nobody is let in. */
const unfit = deny("AUTHORIZER_CONFIGURATION_ERROR");

function authorizationOf(
  route: HttpApiRoute,
  authorizers: Readonly<Record<string, HttpApiAuthorizer>>,
  context: RouteContext,
  ports: Ports,
): Filter | undefined {
  const { authorizationType, authorizerId = "", authorizationScopes } = route;
  if (authorizationType === "NONE") return undefined;
  if (authorizationType === "AWS_IAM") return iamAuthorization(context, ports);
  const authorizer = Object.hasOwn(authorizers, authorizerId) ? authorizers[authorizerId] : undefined;
  if (authorizer?.authorizerType === "JWT" && authorizationType === "JWT")
    return jwtAuthorization(authorizer, authorizationScopes, context, ports);
  if (authorizer?.authorizerType === "REQUEST" && authorizationType === "CUSTOM")
    return requestAuthorization(authorizerId, authorizer, context, ports);
  return () => unfit;
}

/** preflight answers what browsers ask first, where no authorization stands before it. */
const preflight: FilterFactory = ({ context: { cors } }) => cors && ((call) => cors.preflight(call));

/** inboundOf is the order of an HTTP API's filters; `route`: undefined for calls that no route takes. */
export const inboundOf = (
  route: HttpApiRoute | undefined,
  authorizers: Readonly<Record<string, HttpApiAuthorizer>>,
): readonly FilterFactory[] => [
  traceSampling, // first, so that a refused call is traced too
  headLimit, // before anything is done with a call
  payloadLimit, // before anything reads the body
  ({ context }, ports) => route && authorizationOf(route, authorizers, context, ports),
  preflight,
  throttling,
];
