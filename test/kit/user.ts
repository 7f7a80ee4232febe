import type { Signer } from "./signed.ts";

/** signerOf is the access key of a user of that name. */
export const signerOf = (name: string): Signer => ({
  accessKeyId: `AKIA${name.toUpperCase().padStart(16, "0")}`,
  secretAccessKey: `${name}/secret/0123456789+`.padEnd(40, "0"),
});

/** userOf is a user with a key and, where there are statements, one policy. */
export const userOf = (
  id: string,
  { accessKeyId, secretAccessKey }: Signer,
  statements: readonly object[],
  { path = "/", status = "Active" }: { readonly path?: string; readonly status?: string } = {},
) => ({
  kind: "User",
  id,
  spec: {
    path,
    policies: statements.length > 0 ? { own: { Version: "2012-10-17", Statement: statements } } : {},
    accessKeys: { [accessKeyId]: { secretAccessKey, status } },
  },
});
