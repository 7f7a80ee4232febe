import type { ExportSource } from "@tollgate/openapi";
import { generateJavaScript } from "./javascript/generate.ts";
import type { SdkFile } from "./sdk-file.ts";

/** SdkProperty is an option of the caller who requests an SDK. */
export interface SdkProperty {
  readonly name: string;
  readonly friendlyName: string;
  readonly description: string;
  readonly required: boolean;
  readonly defaultValue?: string;
}

/** SdkType is a language that SDKs are generated for (AWS: SdkType). */
export interface SdkType {
  readonly id: string;
  readonly friendlyName: string;
  readonly description: string;
  readonly configurationProperties: readonly SdkProperty[];
  /** Folder that the zip unpacks to. */
  readonly folder: string;
  readonly generate: (source: ExportSource, endpoint: string) => readonly SdkFile[];
}

/** SDK_TYPES lists the languages that can be generated. */
export const SDK_TYPES: readonly SdkType[] = [
  {
    id: "javascript",
    friendlyName: "JavaScript",
    description: "A client for browsers and Node, without dependencies",
    configurationProperties: [],
    folder: "apiGateway-js-sdk",
    generate: generateJavaScript,
  },
];
