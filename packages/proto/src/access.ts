import { createHash, timingSafeEqual } from "node:crypto";
import { type DescMethod, type DescService, getOption } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { Role, roles } from "./gen/tollgate/control/v1/access_pb.ts";

/** RoleName is a role of a caller. */
export type RoleName = "admin" | "deployer" | "viewer" | "node";

const NAMES: Readonly<Partial<Record<Role, RoleName>>> = {
  [Role.ADMIN]: "admin",
  [Role.DEPLOYER]: "deployer",
  [Role.VIEWER]: "viewer",
  [Role.NODE]: "node",
};

export const ROLE_NAMES: readonly RoleName[] = ["admin", "deployer", "viewer", "node"];

/** rolesOf returns the roles that may call a method, from its definition. If it is empty, nobody may call it. */
export const rolesOf = (method: DescMethod): readonly RoleName[] =>
  getOption(method, roles).flatMap((role) => NAMES[role] ?? []);

/** Operator is who calls. */
export interface Operator {
  readonly name: string;
  readonly roles: readonly RoleName[];
}

/** RpcCaller is an operator and where its call comes from. */
export interface RpcCaller {
  readonly operator: Operator;
  readonly peer: string;
  readonly userAgent: string;
}

/** A bearer token, and who uses it. */
export interface BearerToken extends Operator {
  readonly token: string;
}

const ANYBODY: Operator = { name: "anonymous", roles: ROLE_NAMES };

const sha256 = (text: string) => createHash("sha256").update(text).digest();

/** Finds the operator of a bearer token. All tokens are compared, so that the time reveals nothing. */
function ofToken(header: string, tokens: readonly BearerToken[]): Operator | undefined {
  const given = sha256(header);
  let found: Operator | undefined;
  for (const { token, name, roles: own } of tokens)
    if (timingSafeEqual(given, sha256(`Bearer ${token}`))) found = { name, roles: own };
  return found;
}

/** operatorOfToken returns the operator of a token; undefined: the token is unknown. */
export const operatorOfToken = (token: string, tokens: readonly BearerToken[]): Operator | undefined =>
  ofToken(`Bearer ${token}`, tokens);

/** The operator of a client certificate: its organizational units name the roles, its common name the caller. */
function ofCertificate(context: { sslPeerCertificate?: { subject?: unknown } } | null): Operator | undefined {
  const { CN: name, OU: units } = (context?.sslPeerCertificate?.subject ?? {}) as {
    CN?: string;
    OU?: string | string[];
  };
  const named = [units ?? []]
    .flat()
    .filter((unit): unit is RoleName => ROLE_NAMES.includes(unit as RoleName));
  return name !== undefined && named.length > 0 ? { name, roles: named } : undefined;
}

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
                : (ofToken(header, tokens()) ?? ofCertificate(call.getAuthContext()));
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
