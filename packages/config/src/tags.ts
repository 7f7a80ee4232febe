import { z } from "zod";

/** Tags of AWS's clients: stored and returned. */
export const tags = z.record(z.string().min(1).max(128), z.string().max(256));
