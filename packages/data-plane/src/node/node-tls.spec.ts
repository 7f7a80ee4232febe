import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { authority, DAY_MS } from "../listener/listener.fixture.ts";
import { openNodeTls } from "./node-tls.ts";

it("files of a certificate and a key that do not belong together are not used", async () => {
  const home = mkdtempSync(join(tmpdir(), "tollgate-node-tls-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const files = { certificate: join(home, "tls.crt"), key: join(home, "tls.key") };
  const issue = () => authority.issue({ names: ["localhost"], validMs: DAY_MS });
  const [first, second] = await Promise.all([issue(), issue()]);
  const open = () =>
    openNodeTls({
      settings: { port: 0, certificate: files, names: [], redirectPort: undefined },
      home,
      region: "us-east-1",
      onChange: () => undefined,
      logger: createLogger("spec", "silent"),
    });
  writeFileSync(files.certificate, first.certificate);
  writeFileSync(files.key, second.privateKey);
  await expect(open()).rejects.toThrow(/tls\.crt and .*tls\.key cannot be used .*key values mismatch/);
  writeFileSync(files.key, first.privateKey);
  using tls = await open();
  expect(tls.material).toMatchObject(first);
});
