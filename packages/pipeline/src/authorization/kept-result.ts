import { deserialize, serialize } from "node:v8";
import { parsePolicy } from "@tollgate/iam";
import { resourcePattern } from "../call/path-form.ts";
import type { Codec } from "../runtime/shared-level.ts";
import type { AuthorizerResult } from "./identity.ts";
import type { VerifiedToken } from "./verified-token.ts";

/** Without a prototype: a claim named constructor is a name like any other. */
const plain = <T>(members: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.assign(Object.create(null) as Record<string, T>, members);

function restored(given: Omit<AuthorizerResult, "policy">): AuthorizerResult | undefined {
  const { policyDocument, context, claims } = given;
  const own = { ...given, context: plain(context), claims: claims && plain(claims) };
  if (policyDocument === undefined) return { ...own, policy: undefined };
  const parsed = parsePolicy(policyDocument, { kind: "identity", expandResource: resourcePattern });
  return parsed.ok ? { ...own, policy: parsed.policy } : undefined;
}

/** A policy is compiled again where it is read: only its document can be written. */
const written = ({ policy: _compiled, context, claims, ...own }: AuthorizerResult) => ({
  ...own,
  context: { ...context },
  claims: claims && { ...claims },
});

/** resultCodec writes what authorizers said. */
export const resultCodec: Codec<AuthorizerResult> = {
  write: (result) => serialize(written(result)),
  read: (bytes) => restored(deserialize(bytes) as Omit<AuthorizerResult, "policy">),
};

/** tokenCodec writes tokens that were verified. */
export const tokenCodec: Codec<VerifiedToken> = {
  write: ({ payload, result }) => serialize({ payload, result: written(result) }),
  read(bytes) {
    const { payload, result } = deserialize(bytes) as VerifiedToken;
    const own = restored(result);
    return own && { payload, result: own };
  },
};
