import type { AccessKeyRecord, ApiKeyRecord } from "@tollgate/pipeline";

/** KeyRecord is what a name of a key stands for; null: there is no such key. */
export type KeyRecord =
  | { readonly kind: "apiKey"; readonly apiKey: ApiKeyRecord }
  | { readonly kind: "accessKey"; readonly accessKey: AccessKeyRecord }
  | null;
