import { expect, it } from "vitest";
import { startGateway } from "../kit/gateway.ts";
import { use } from "../kit/use.ts";
import { areas } from "./areas.ts";
import { GATEWAY_ENV, runArea } from "./run-area.ts";

// A part of `npm run attack`, the same each time.
const SEED = 1;

const gateway = use(() => startGateway(GATEWAY_ENV));

it.each(areas)("$name: nothing gets past", async (area) => {
  const { failures } = await runArea(area, { seed: SEED, quick: true, gateway: async () => gateway });
  expect(failures).toEqual([]);
});
