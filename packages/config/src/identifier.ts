import { randomInt } from "node:crypto";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

function randomId(length: number): string {
  let id = "";
  for (let i = 0; i < length; i++) id += ALPHABET[randomInt(ALPHABET.length)];
  return id;
}

/** newApiId is an API id as AWS makes them: 10 characters of [a-z0-9]. */
export const newApiId = (): string => randomId(10);

/** newChildId is a resource or deployment id as AWS makes them: 6 characters of [a-z0-9]. */
export const newChildId = (): string => randomId(6);
