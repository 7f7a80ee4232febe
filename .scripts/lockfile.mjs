// Brings package-lock.json into the form that is committed, after `npm install`:
// no registry addresses, and every platform's optional binaries named, also those that this machine's registry does not offer.
import { readFileSync, writeFileSync } from "node:fs";

const OS = {
  darwin: "darwin",
  win32: "win32",
  windows: "win32",
  linux: "linux",
  android: "android",
  freebsd: "freebsd",
  openharmony: "openharmony",
};
const CPU = {
  arm64: "arm64",
  x64: "x64",
  64: "x64",
  arm: "arm",
  ia32: "ia32",
  ppc64: "ppc64",
  riscv64: "riscv64",
  s390x: "s390x",
};

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
for (const entry of Object.values(lock.packages)) {
  if (entry.resolved?.startsWith("https:")) delete entry.resolved;
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    if (lock.packages[path]?.version) continue;
    const parts = name.split("/").at(-1).split("-");
    const os = parts.map((part) => OS[part]).find(Boolean);
    const cpu = parts.map((part) => CPU[part]).find(Boolean);
    const libc = parts.some((part) => part.startsWith("musl"))
      ? ["musl"]
      : parts.some((part) => part.startsWith("gnu"))
        ? ["glibc"]
        : undefined;
    lock.packages[path] = {
      version,
      ...(cpu ? { cpu: [cpu] } : {}),
      dev: true,
      ...(libc ? { libc } : {}),
      optional: true,
      ...(os ? { os: [os] } : {}),
    };
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
