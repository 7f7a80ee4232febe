import { type DescMethod, type DescService, getOption } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { Role, roles } from "./gen/tollgate/control/v1/access_pb.ts";
import { type BearerToken, type Operator, operatorOf, ROLE_NAMES, type RoleName } from "./operator.ts";

export { type BearerToken, type Operator, operatorOfToken, ROLE_NAMES, type RoleName } from "./operator.ts";

const NAMES: Readonly<Partial<Record<Role, RoleName>>> = {
  [Role.ADMIN]: "admin",
  [Role.DEPLOYER]: "deployer",
  [Role.VIEWER]: "viewer",
  [Role.NODE]: "node",
};

/** rolesOf returns the roles that may call a method, from its definition. If it is empty, nobody may call it. */
export const rolesOf = (method: DescMethod): readonly RoleName[] =>
  getOption(method, roles).flatMap((role) => NAMES[role] ?? []);

/** RpcCaller is an operator and where its call comes from. */
export interface RpcCaller {
  readonly operator: Operator;
  readonly peer: string;
  readonly userAgent: string;
}

const ANYBODY: Operator = { name: "anonymous", roles: ROLE_NAMES };

const callers = new WeakMap<grpc.Metadata, RpcCaller>();

/** callerOf returns the caller of a call, by the call's metadata. */
export const callerOf = (metadata: grpc.Metadata): RpcCaller =>
  callers.get(metadata) ?? { operator: ANYBODY, peer: "", userAgent: "" };

/** Methods that need no authentication: probes come from whatever runs the process. */
const isOpen = (path: string) => path.startsWith("/grpc.health.v1.Health/");
/** Methods that every authenticated caller may call. */
const isShared = (path: string) => path.startsWith("/grpc.reflection.");

/** Called when a call is refused because of its caller's role. `path` is /{service}/{method}. */
export type OnDenied = (path: string, caller: RpcCaller, message: string) => Promise<void>;

/** accessInterceptor admits callers whose role may call the method. `tokens` are asked for with each call; undefined: callers are not authenticated. */
export function accessInterceptor(
  services: readonly DescService[],
  tokens: (() => readonly BearerToken[]) | undefined,
  onDenied: OnDenied = async () => undefined,
): grpc.ServerInterceptor {
  const allowed = new Map<string, readonly RoleName[]>(
    services.flatMap((service) =>
      service.methods.map((method) => [`/${service.typeName}/${method.name}`, rolesOf(method)] as const),
    ),
  );
  return (method, call) => {
    if (isOpen(method.path)) return new grpc.ServerInterceptingCall(call);
    const refuse = (code: grpc.status, details: string) =>
      call.sendStatus({ code, details, metadata: new grpc.Metadata() });
    return new grpc.ServerInterceptingCall(call, {
      start: (next) => {
        next({
          onReceiveMetadata: (metadata, pass) => {
            const header = String(metadata.get("authorization")[0] ?? "");
            const operator =
              tokens === undefined
                ? ANYBODY
                : operatorOf(header, call.getAuthContext()?.sslPeerCertificate, tokens());
            if (!operator)
              return refuse(
                grpc.status.UNAUTHENTICATED,
                "send the metadata 'authorization: Bearer <token>' with a token of this server, or use a client certificate whose organizational unit is a role",
              );
            const caller: RpcCaller = {
              operator,
              peer: call.getPeer(),
              userAgent: String(metadata.get("user-agent")[0] ?? ""),
            };
            const may = allowed.get(method.path) ?? [];
            if (!isShared(method.path) && !may.some((role) => operator.roles.includes(role))) {
              const details = `'${operator.name}' has the role ${operator.roles.join(" and ")}; ${method.path.slice(1)} requires ${may.join(" or ") || "a role that does not exist"}`;
              void onDenied(method.path, caller, details)
                .catch(() => undefined)
                .then(() => refuse(grpc.status.PERMISSION_DENIED, details));
              return;
            }
            callers.set(metadata, caller);
            pass(metadata);
          },
        });
      },
    });
  };
}
