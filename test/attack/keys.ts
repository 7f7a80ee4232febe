import type { Gateway } from "../kit/gateway.ts";
import { mock } from "../kit/rest-api.ts";
import type { AttackArea, AttackCase, AttackGround } from "./area.ts";
import { KeepAliveClient } from "./keep-alive-client.ts";

const ATTACKERS = 600;
/** Keys that callers use again and again, and those that nobody has used before. */
const MET = 10;
const NOT_MET = 100;

/** keys: callers who guess keys. Whoever has one must be served as if they were not there. */
export const keys: AttackArea = {
  name: "keys",
  what: `${ATTACKERS} callers who guess API keys and access keys, beside some who have one`,
  concurrency: 1,
  async prepare(ground) {
    const gateway = await ground.gateway();
    const apiId = await gateway.deploy({
      "GET /keyed": { ...mock("keyed"), apiKeyRequired: true },
      "GET /signed": { ...mock("signed"), authorizationType: "AWS_IAM" },
    });
    const plan = {
      kind: "UsagePlan",
      id: "attacked",
      spec: { name: "attacked", apiStages: [{ apiId, stage: "prod" }] },
    };
    const made = Array.from({ length: 2 * (MET + NOT_MET) }, (_, i) => keyOf(i, ground));
    const { revision } = await gateway.apply([
      plan,
      ...made.map((value, i) => ({
        kind: "ApiKey",
        id: `atk${i}`,
        spec: { enabled: true, value, usagePlanIds: ["attacked"] },
      })),
    ]);
    await gateway.wait(revision);
    const address = `/_aws/execute-api/${apiId}/prod`;
    const given = (from: number) => made.slice(from, from + MET + NOT_MET);
    const cases = [
      caseOf("from one address", () => "127.0.0.1", given(0), { gateway, address, ground }),
      caseOf("from an address each", (i) => `127.0.${1 + (i >> 8)}.${i & 255}`, given(MET + NOT_MET), {
        gateway,
        address,
        ground,
      }),
    ];
    return ground.pick(cases, 1);
  },
};

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
const keyOf = (i: number, { random }: AttackGround) =>
  Array.from({ length: 30 }, () => ALPHABET[Math.floor(random() * 36)]).join("") + i;

interface Attacked {
  readonly gateway: Gateway;
  readonly address: string;
  readonly ground: AttackGround;
}

function caseOf(
  name: string,
  addressOf: (attacker: number) => string,
  good: readonly string[],
  { gateway, address, ground }: Attacked,
): AttackCase {
  return {
    name: `guesses ${name}`,
    input: `${ATTACKERS} connections that send random keys without a pause`,
    expectation: "every call with a key is 200, one that nobody has used before too, and no guess is",
    async attack() {
      await using scope = new AsyncDisposableStack();
      const calls = { guessed: 0, wrong: new Map<string, number>() };
      const count = (what: string) => calls.wrong.set(what, (calls.wrong.get(what) ?? 0) + 1);
      const use = async (client: KeepAliveClient, value: string, what: string) => {
        const status = await client.get(`${address}/keyed`, { "x-api-key": value });
        if (status !== 200) count(`${status} for a key that was ${what}`);
      };
      const clients = await Promise.all(good.slice(0, MET).map(() => KeepAliveClient.open(gateway.httpPort)));
      for (const client of clients) scope.use(client);
      await Promise.all(clients.map((client, i) => use(client, good[i] as string, "met before the attack")));
      const state = { ended: false };
      const guess = async (i: number) => {
        const attacker = scope.use(await KeepAliveClient.open(gateway.httpPort, addressOf(i)));
        while (!state.ended) {
          const status =
            i % 4 === 3
              ? await attacker.get(`${address}/signed`, signedBy(keyOf(i, ground)))
              : await attacker.get(`${address}/keyed`, { "x-api-key": keyOf(i, ground) });
          calls.guessed++;
          if (status === 200) count("200 for a guess");
        }
      };
      const attackers = Array.from({ length: ATTACKERS }, (_, i) => guess(i));
      const useOwn = async (client: KeepAliveClient, i: number) => {
        for (let at = MET + i; at < (ground.quick ? 2 * MET : good.length); at += MET) {
          await use(client, good[at] as string, "not met before");
          await use(client, good[i] as string, "met before the attack");
          await use(client, good[at] as string, "met in the attack");
        }
      };
      await Promise.all(clients.map(useOwn));
      state.ended = true;
      await Promise.all(attackers);
      if (calls.guessed < ATTACKERS) return `only ${calls.guessed} guesses were made`;
      return calls.wrong.size === 0 ? undefined : JSON.stringify([...calls.wrong]);
    },
  };
}

/** A signature of somebody whom nobody knows. */
function signedBy(guess: string): Record<string, string> {
  const date = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = `AKIA${guess.slice(0, 16).toUpperCase()}/${date.slice(0, 8)}/us-east-1/execute-api/aws4_request`;
  return {
    "X-Amz-Date": date,
    Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`,
  };
}
