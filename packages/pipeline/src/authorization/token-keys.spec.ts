import { exportJWK, generateKeyPair } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import type { Transport } from "../upstream/transport.ts";
import { TokenKeys } from "./token-keys.ts";

const URL = "https://pool.example/.well-known/jwks.json";
let jwk: object;
beforeAll(async () => {
  jwk = await exportJWK((await generateKeyPair("RS256")).publicKey);
});

function pool() {
  const state = { nowMs: 0, fetches: 0, kids: ["a"], isDown: false };
  const transport: Transport = {
    send: (_request, handler) => {
      state.fetches++;
      if (state.isDown) handler.onFailure("connect", new Error("down"));
      else {
        handler.onHead(200, "", []);
        handler.onData(
          Buffer.from(JSON.stringify({ keys: state.kids.map((kid) => ({ ...jwk, kid, alg: "RS256" })) })),
        );
        handler.onEnd();
      }
      return { resume: () => undefined, abort: () => undefined };
    },
  };
  const keys = new TokenKeys(() => state.nowMs);
  const has = async (kid: string, again = false): Promise<boolean> => {
    const find = await keys.ofUrl(URL, transport, { again });
    try {
      await find({ alg: "RS256", kid }, { payload: "", signature: "" });
      return true;
    } catch {
      return false;
    }
  };
  return { state, has };
}

describe("the keys of a user pool", () => {
  it("are fetched once, and again for a key that is new, at most every 30 seconds", async () => {
    const { state, has } = pool();
    expect(await has("a")).toBe(true);
    state.kids = ["b"];
    expect(await has("b")).toBe(false);
    expect(await has("b", true)).toBe(false);
    expect(state.fetches).toBe(1);
    state.nowMs = 31_000;
    expect(await has("b")).toBe(false);
    expect(await has("b", true)).toBe(true);
    expect(await has("a")).toBe(false);
    expect(state.fetches).toBe(2);
  });

  it("stay while they cannot be read again; a pool that was never reached is asked again", async () => {
    const { state, has } = pool();
    state.isDown = true;
    await expect(has("a")).rejects.toThrow("no keys at");
    state.isDown = false;
    expect(await has("a")).toBe(true);
    state.isDown = true;
    state.nowMs = 700_000;
    expect(await has("a")).toBe(true);
    expect(state.fetches).toBe(3);
  });

  it("are not read beyond 150 KB: the rest is not waited for", async () => {
    let read = 0;
    let isAborted = false;
    const transport: Transport = {
      send: (_request, handler) => {
        queueMicrotask(() => {
          handler.onHead(200, "", []);
          for (; !isAborted && read < 10_000_000; read += 50_000) handler.onData(Buffer.alloc(50_000, " "));
          if (!isAborted) handler.onEnd();
        });
        return { resume: () => undefined, abort: () => void (isAborted = true) };
      },
    };
    await expect(new TokenKeys().ofUrl(URL, transport)).rejects.toThrow("at most 150000 bytes are read");
    expect(read).toBe(200_000);
  });
});
