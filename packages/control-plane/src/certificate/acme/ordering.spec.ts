import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "acme-client";
import { expect, it, onTestFinished } from "vitest";
import { openAuthority } from "@tollgate/certificates";
import { AcmeError } from "./acme-error.ts";
import { acmeOrdering } from "./ordering.ts";

it("a name that only DNS proves is not ordered by a control plane that has no zone", async () => {
  const settings = {
    directoryUrl: "https://acme.example.com/directory",
    email: undefined,
    externalAccount: undefined,
    authoritiesFile: undefined,
    challengeTypes: ["http-01"],
    dns: undefined,
  } as const;
  const open = async (): Promise<Client> => {
    throw new Error("the authority was asked");
  };
  const ordering = acmeOrdering(settings, { nowMs: () => 0, wait: async () => undefined }, open);
  const order = (name: string, validation: "DNS" | undefined) =>
    ordering.order({
      accountId: "000000000000",
      names: [name],
      validation,
      keyType: "EC_prime256v1",
      accountKey: "key",
      failedAttempts: 0,
      publish: async () => undefined,
      signal: new AbortController().signal,
    });
  for (const [name, validation] of [["*.example.com"], ["shop.example.com", "DNS"]] as const)
    await expect(order(name, validation)).rejects.toMatchObject({
      type: "unreachable",
      message: `${name} can be proved by DNS only, and TOLLGATE_ACME_DNS is not set on this control plane`,
    });
});

it("an account that the authority does not know any more is looked up again by the next order", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-ordering-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { certificate } = await (await openAuthority(folder)).issue({
    names: ["shop.example.com"],
    validMs: 60_000,
  });
  let openedCount = 0;
  let isKnown = true;
  const open = async () => {
    openedCount++;
    isKnown = true;
    return {
      createOrder: async () => {
        if (!isKnown) throw new AcmeError("accountDoesNotExist", "no such account");
      },
      getAuthorizations: async () => [{ status: "valid" }],
      getOrder: async () => ({ status: "valid" }),
      finalizeOrder: async () => undefined,
      getCertificate: async () => certificate,
    } as unknown as Client;
  };
  const settings = {
    directoryUrl: "https://acme.example.com/directory",
    email: undefined,
    externalAccount: undefined,
    authoritiesFile: undefined,
    challengeTypes: ["http-01"],
    dns: undefined,
  } as const;
  const ordering = acmeOrdering(settings, { nowMs: () => 0, wait: async () => undefined }, open);
  const order = () =>
    ordering.order({
      accountId: "000000000000",
      validation: undefined,
      names: ["shop.example.com"],
      keyType: "EC_prime256v1",
      accountKey: "key",
      failedAttempts: 0,
      publish: async () => undefined,
      signal: new AbortController().signal,
    });
  await order();
  await order();
  expect(openedCount).toBe(1);
  isKnown = false;
  await expect(order()).rejects.toThrow("no such account");
  expect((await order()).certificate).toBe(certificate);
  expect(openedCount).toBe(2);
});
