import type { AttackArea } from "./area.ts";
import { bombs } from "./bombs.ts";
import { caches } from "./caches.ts";
import { egress } from "./egress.ts";
import { exhaustion } from "./exhaustion.ts";
import { keys } from "./keys.ts";
import { paths } from "./paths.ts";
import { patterns } from "./patterns.ts";
import { policies } from "./policies.ts";
import { wire } from "./wire.ts";

/** areas are all that `npm run attack` runs, in this order. */
export const areas: readonly AttackArea[] = [
  wire,
  paths,
  keys,
  patterns,
  caches,
  policies,
  egress,
  bombs,
  exhaustion,
];
