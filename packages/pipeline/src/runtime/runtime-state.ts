import type { AuthorizerResult } from "../authorization/identity.ts";
import { TokenKeys } from "../authorization/token-keys.ts";
import type { VerifiedToken } from "../authorization/verified-token.ts";
import { ResponseCache } from "./response-cache.ts";
import { ResultCache } from "./result-cache.ts";

const AUTHORIZER_RESULTS_MAX = 10_000;

export interface RuntimeStateOptions {
  /** Memory for cached responses of all stages. */
  readonly responseCacheBytes: number;
  /** Hears of an entry that was invalidated here, for those who may have one too. */
  readonly onInvalidate?: (key: string) => void;
}

/** RuntimeState is what calls leave behind for later calls. It belongs to a process, lives outside the config and survives every swap. */
export class RuntimeState {
  readonly authorizerResults = new ResultCache<AuthorizerResult>(AUTHORIZER_RESULTS_MAX);
  readonly verifiedTokens = new ResultCache<VerifiedToken>(AUTHORIZER_RESULTS_MAX);
  readonly tokenKeys = new TokenKeys();
  readonly responses: ResponseCache;

  constructor(options: RuntimeStateOptions) {
    this.responses = new ResponseCache(options.responseCacheBytes, options.onInvalidate);
  }
}
