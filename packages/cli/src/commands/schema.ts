import type { Command } from "commander";
import { isKind, manifestsSchema } from "@tollgate/config";
import { print, toJson } from "../output.ts";
import { kindOf } from "./get.ts";

/** addSchema adds the command that prints JSON Schemas of manifests, which editors check and complete files by. */
export function addSchema(program: Command): void {
  program
    .command("schema")
    .description("print the JSON Schema of manifests (draft 2020-12), for editors")
    .argument("[kind]", "only of this kind, such as restapi; default: of all")
    .action((word = "all") => {
      const kind = kindOf(word as string);
      print(toJson(manifestsSchema(isKind(kind) ? [kind] : undefined)));
    });
}
