import type { AuthorizerResult } from "../authorization/identity.ts";
import { resultCodec, tokenCodec } from "../authorization/kept-result.ts";
import { TokenKeys } from "../authorization/token-keys.ts";
import type { VerifiedToken } from "../authorization/verified-token.ts";
import { ResponseCache } from "./response-cache.ts";
import { ResultCache } from "./result-cache.ts";
import type { SharedLevel } from "./shared-level.ts";

const AUTHORIZER_RESULTS_MAX = 10_000;

/** What the processes of a node have in common. */
export interface SharedCaches {
  readonly decisions: SharedLevel;
  readonly responses: SharedLevel;
  /** Encrypts responses whose stage asks for that. */
  readonly secret: Uint8Array;
}

export interface RuntimeStateOptions {
  /** Memory for cached responses of all stages. */
  readonly responseCacheBytes: number;
  /** Left out: nothing is shared. */
  readonly shared?: SharedCaches;
}

/** RuntimeState is what calls leave behind for later calls. It belongs to a process, lives outside the config and survives every swap. */
export class RuntimeState {
  readonly authorizerResults: ResultCache<AuthorizerResult>;
  readonly verifiedTokens: ResultCache<VerifiedToken>;
  readonly tokenKeys = new TokenKeys();
  readonly responses: ResponseCache;

  constructor({ responseCacheBytes: maxBytes, shared }: RuntimeStateOptions) {
    const level = shared?.decisions;
    this.authorizerResults = new ResultCache(AUTHORIZER_RESULTS_MAX, level && { level, codec: resultCodec });
    this.verifiedTokens = new ResultCache(AUTHORIZER_RESULTS_MAX, level && { level, codec: tokenCodec });
    this.responses = new ResponseCache({
      maxBytes,
      ...(shared ? { shared: shared.responses, secret: shared.secret } : {}),
    });
  }
}
