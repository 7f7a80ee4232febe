import type { MessageInitShape } from "@bufbuild/protobuf";
import type { StreamConfigRequest, StreamConfigResponseSchema } from "@tollgate/proto/discovery";
import type { Encoded } from "@tollgate/proto/grpc";
import type { Denial } from "./node.ts";

/** NodeStream is the control plane's end of a node's stream. An "error" event that it emits ends the stream with this status. */
export interface NodeStream {
  write(message: MessageInitShape<typeof StreamConfigResponseSchema> | Encoded): boolean;
  end(): void;
  emit(event: "error", status: Error & Denial): unknown;
  on(event: "data", listener: (message: StreamConfigRequest) => void): unknown;
  on(event: "end" | "close" | "cancelled" | "error", listener: () => void): unknown;
  once(event: "drain", listener: () => void): unknown;
}
