// Answers one JSON line for each JSON line: what the engine makes of a simulation.
import { createInterface } from "node:readline";
import { runSimulation } from "@cloud-copilot/iam-simulate";

for await (const line of createInterface({ input: process.stdin })) {
  const simulation = JSON.parse(line);
  const answer = await runSimulation(simulation, {}).then(
    (outcome) =>
      outcome.resultType === "error"
        ? { error: JSON.stringify(outcome.errors) }
        : { result: outcome.overallResult, ignored: outcome.result.ignoredContextKeys },
    (error) => ({ error: String(error) }),
  );
  console.log(JSON.stringify(answer));
}
