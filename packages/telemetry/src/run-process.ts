/**
 * runProcess starts a process's parts and stops them on SIGTERM or SIGINT. If they cannot start, the reason goes to stderr; exit code 1.
 * When all parts run, a line "ready {json}" goes to stdout, for the process that started this one. Files that it and its children make are their
 * owner's alone.
 */
export async function runProcess(start: () => Promise<AsyncDisposable & object>): Promise<void> {
  process.umask(0o077);
  let parts: (AsyncDisposable & object) | undefined;
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    if (!parts) process.exit(0);
    parts[Symbol.asyncDispose]().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  try {
    parts = await start();
    const facts = Object.entries(parts).filter(
      ([, value]) => typeof value === "number" || typeof value === "string",
    );
    process.stdout.write(`ready ${JSON.stringify(Object.fromEntries(facts))}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
