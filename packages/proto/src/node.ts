// Generated messages of tollgate.node.v1, one import for its files.
export * from "./gen/tollgate/node/v1/connections_pb.ts";
export * from "./gen/tollgate/node/v1/samples_pb.ts";
