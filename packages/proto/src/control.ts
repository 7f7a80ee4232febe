// Generated messages of tollgate.control.v1, one import for its files.
export * from "./gen/tollgate/control/v1/access_pb.ts";
export * from "./gen/tollgate/control/v1/audit_pb.ts";
export * from "./gen/tollgate/control/v1/backup_pb.ts";
export * from "./gen/tollgate/control/v1/config_pb.ts";
export * from "./gen/tollgate/control/v1/definition_pb.ts";
export * from "./gen/tollgate/control/v1/dependency_pb.ts";
export * from "./gen/tollgate/control/v1/deployment_pb.ts";
export * from "./gen/tollgate/control/v1/identity_pb.ts";
export * from "./gen/tollgate/control/v1/node_pb.ts";
export * from "./gen/tollgate/control/v1/rollout_pb.ts";
export * from "./gen/tollgate/control/v1/stack_pb.ts";
export * from "./gen/tollgate/control/v1/status_pb.ts";
export * from "./gen/tollgate/control/v1/test_invoke_pb.ts";
