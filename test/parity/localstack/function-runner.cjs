// Runs a handler once, as Lambda's Node runtime does: function-runner.cjs FOLDER MODULE.FUNCTION, the event on its input.
// Writes {"returned": JSON} or {"threw": JSON} to file descriptor 3; what the handler prints is its log.
const { readFileSync, writeSync } = require("node:fs");
const { join } = require("node:path");

const [, , folder, handler] = process.argv;
const end = (outcome) => {
  writeSync(3, JSON.stringify(outcome));
  process.exit(0);
};
const returned = (value) => end({ returned: JSON.stringify(value ?? null) });
const threw = (error) =>
  end({
    threw: JSON.stringify({
      errorType: error?.name ?? "Error",
      errorMessage: error?.message ?? String(error),
      trace: [],
    }),
  });

async function load(name) {
  try {
    return require(join(folder, name));
  } catch {
    return import(join(folder, `${name}.mjs`));
  }
}

async function main() {
  process.chdir(folder);
  const event = JSON.parse(readFileSync(0, "utf8"));
  const at = handler.lastIndexOf(".");
  const handle = (await load(handler.slice(0, at)))[handler.slice(at + 1)];
  const context = {
    awsRequestId: process.env.REQUEST_ID,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    invokedFunctionArn: process.env.FUNCTION_ARN,
    callbackWaitsForEmptyEventLoop: true,
  };
  const takesCallback = handle.length >= 3;
  const result = handle(event, context, (error, value) => (error ? threw(error) : returned(value)));
  if (!takesCallback || typeof result?.then === "function") returned(await result);
}

main().catch(threw);
