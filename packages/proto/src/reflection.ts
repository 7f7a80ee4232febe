import { readFileSync } from "node:fs";
import {
  createFileRegistry,
  type DescFile,
  type FileRegistry,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type * as grpc from "@grpc/grpc-js";
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponseSchema,
} from "./gen/grpc/reflection/v1/reflection_pb.ts";
import { toServiceDefinition } from "./grpc.ts";

type Answer = MessageInitShape<typeof ServerReflectionResponseSchema>["messageResponse"];

const NOT_FOUND = 5;
const notFound = (what: string): Answer => ({
  case: "errorResponse",
  value: { errorCode: NOT_FOUND, errorMessage: `${what} is unknown` },
});

/** The file and everything that it imports. */
function withImports(file: DescFile, seen = new Set<DescFile>()): Set<DescFile> {
  if (!seen.has(file)) {
    seen.add(file);
    for (const imported of file.dependencies) withImports(imported, seen);
  }
  return seen;
}

const describe = (file: DescFile | undefined, what: string): Answer =>
  file
    ? {
        case: "fileDescriptorResponse",
        value: {
          fileDescriptorProto: [...withImports(file)].map((f) =>
            toBinary(FileDescriptorProtoSchema, f.proto),
          ),
        },
      }
    : notFound(what);

/** A symbol is a type, a service or "service.method". */
function fileOfSymbol(registry: FileRegistry, symbol: string): DescFile | undefined {
  const found = registry.get(symbol) ?? registry.getService(symbol.replace(/[./][^./]+$/, ""));
  return found && "file" in found ? found.file : undefined;
}

function answer(
  { messageRequest: { case: kind, value } }: ServerReflectionRequest,
  registry: FileRegistry,
  services: readonly string[],
): Answer {
  switch (kind) {
    case "listServices":
      return { case: "listServicesResponse", value: { service: services.map((name) => ({ name })) } };
    case "fileByFilename":
      return describe(registry.getFile(value.replace(/\.proto$/, "")) ?? registry.getFile(value), value);
    case "fileContainingSymbol":
      return describe(fileOfSymbol(registry, value), value);
    case "allExtensionNumbersOfType":
      return { case: "allExtensionNumbersResponse", value: { baseTypeName: value } };
    default:
      return notFound("an extension");
  }
}

/**
 * addReflection serves the reflection protocol, v1 and the equal v1alpha, for the services of a server, from the descriptors that buf
 * wrote. They are handed out as they are, so that clients see comments-free but complete files.
 */
export function addReflection(server: grpc.Server, services: readonly string[]): void {
  const image = fromBinary(
    FileDescriptorSetSchema,
    readFileSync(new URL("./gen/image.binpb", import.meta.url)),
  );
  const registry = createFileRegistry(image);
  const handle: grpc.handleBidiStreamingCall<
    ServerReflectionRequest,
    MessageInitShape<typeof ServerReflectionResponseSchema>
  > = (call) => {
    call.on("data", (request: ServerReflectionRequest) => {
      call.write({
        validHost: request.host,
        originalRequest: request,
        messageResponse: answer(request, registry, services) as never,
      });
    });
    call.on("end", () => call.end());
  };
  const v1 = toServiceDefinition(ServerReflection);
  const v1alpha = Object.fromEntries(
    Object.entries(v1).map(([name, method]) => [
      name,
      { ...method, path: method.path.replace(".v1.", ".v1alpha.") },
    ]),
  );
  for (const definition of [v1, v1alpha])
    server.addService(definition, { serverReflectionInfo: handle as never });
}
