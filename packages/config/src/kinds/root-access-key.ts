import { defineKind } from "../define-kind.ts";
import { newAccessKeyId, newSecretAccessKey } from "../identifier.ts";
import { accessKey } from "../identity/access-key.ts";
import { accessKeyName } from "../key-name.ts";

/** An access key of the account itself, which may do everything (IAM: root user). Its id is the access key id. */
export const RootAccessKey = defineKind({
  name: "RootAccessKey",
  about: "A key of the account itself. Its id is the key's id.",
  spec: accessKey,
  collection: "rootaccesskeys",
  id: {
    pattern: /^[A-Z0-9]{16,128}$/,
    help: "is the access key id and must be 16 to 128 characters of A-Z and 0-9",
    make: newAccessKeyId,
  },
  /** (2) */
  quota: "rootAccessKeys",
  writableBy: "admin",
  keyNames: (_accountId, { id }) => [accessKeyName(id)],
  secret: { path: ["secretAccessKey"], make: newSecretAccessKey },
});
