// Generated messages of tollgate.usage.v1, one import for its files.
export * from "./gen/tollgate/usage/v1/records_pb.ts";
export * from "./gen/tollgate/usage/v1/status_pb.ts";
export * from "./gen/tollgate/usage/v1/usage_pb.ts";
