import { randomBytes, randomInt } from "node:crypto";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

/** randomId returns an id in AWS's form: characters of [a-z0-9]. */
export function randomId(length: number): string {
  let id = "";
  for (let i = 0; i < length; i++) id += ALPHABET[randomInt(ALPHABET.length)];
  return id;
}

/** newApiId returns an API id in AWS's form: 10 characters of [a-z0-9]. */
export const newApiId = (): string => randomId(10);

/** newChildId returns a resource or deployment id in AWS's form: 6 characters of [a-z0-9]. */
export const newChildId = (): string => randomId(6);

/** newApiKeyValue returns the value of an API key in AWS's form: 40 letters and digits. */
export function newApiKeyValue(): string {
  let value = "";
  while (value.length < 40) value += randomBytes(40).toString("base64").replace(/[+/=]/g, "");
  return value.slice(0, 40);
}

/** newSecretAccessKey returns a secret in AWS's form: 40 characters of base64. */
export const newSecretAccessKey = (): string => randomBytes(30).toString("base64");

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** newAccessKeyId returns an access key id in AWS's form: AKIA and 16 characters. */
export function newAccessKeyId(): string {
  return newKeyId("AKIA");
}

/** newSessionKeyId returns the access key id of a session. */
export const newSessionKeyId = (): string => newKeyId("ASIA");

function newKeyId(prefix: string): string {
  let id = prefix;
  while (id.length < 20) id += BASE32[randomInt(BASE32.length)];
  return id;
}

interface IdRule {
  readonly pattern: RegExp;
  readonly help: string;
  readonly make: () => string;
}

/** apiIdRule is what the id of an API must be. */
export const apiIdRule: IdRule = {
  pattern: /^[a-z0-9]{10}$/,
  help: "must be 10 characters of a-z and 0-9, or be left out",
  make: newApiId,
};

/** shortIdRule is what the ids of most other kinds must be. */
export const shortIdRule = (make: () => string): IdRule => ({
  pattern: /^[a-z0-9]{1,10}$/,
  help: "must be 1 to 10 characters of a-z and 0-9, or be left out",
  make,
});

/** deploymentIdRule is what the id of a deployment must be. */
export const deploymentIdRule: IdRule = {
  pattern: /^[a-z0-9]{6,10}$/,
  help: "must be 6 to 10 characters of a-z and 0-9",
  make: newChildId,
};
