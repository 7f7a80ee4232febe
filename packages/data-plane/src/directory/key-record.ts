import type { AccessKeyRecord, ApiKeyRecord } from "@tollgate/pipeline";

/** KeyRecord is the value of a key's name; null: there is no such key. */
export type KeyRecord =
  | { readonly kind: "apiKey"; readonly apiKey: ApiKeyRecord }
  | { readonly kind: "accessKey"; readonly accessKey: AccessKeyRecord }
  | null;
