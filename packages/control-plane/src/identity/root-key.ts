import { type Entity, newAccessKeyId, newSecretAccessKey } from "@tollgate/config";
import type { Application } from "../application.ts";
import { changeAccount } from "../change/change.ts";
import { accountOf } from "../config/wire.ts";

/** RootKey is an access key of the account itself, with its secret. */
export interface RootKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * createRootKey creates the first access key of the default account, so that calls can be signed. undefined: a user or such a key already
 * exists. If several control planes start together, only one creates it.
 */
export async function createRootKey(application: Application): Promise<RootKey | undefined> {
  if (!application.sealer.canSeal) return undefined;
  const accessKeyId = newAccessKeyId();
  const secretAccessKey = newSecretAccessKey();
  const key: Entity<"RootAccessKey"> = {
    kind: "RootAccessKey",
    apiId: "",
    id: accessKeyId,
    labels: {},
    spec: { secretAccessKey, status: "Active", createTimeUnixMs: Date.now() },
  };
  const { entities } = await changeAccount(application, {
    accountId: accountOf(""),
    asker: "allowed",
    want: (state) => {
      const isTaken = state.list("User", "").length + state.list("RootAccessKey", "").length > 0;
      return { entities: isTaken ? [] : [key] };
    },
  });
  return entities.length > 0 ? { accessKeyId, secretAccessKey } : undefined;
}

/** rootKeyText is the message that shows a new key. Its secret is never shown again. */
export const rootKeyText = ({ accessKeyId, secretAccessKey }: RootKey): string => `
The access key of the account itself. It was created at this first start and is shown only once; store it safely:
  export AWS_ACCESS_KEY_ID=${accessKeyId}
  export AWS_SECRET_ACCESS_KEY=${secretAccessKey}

`;
