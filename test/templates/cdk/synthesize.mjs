// Synthesizes the stacks with the CDK of a folder: synthesize.mjs MODULES OUT, one template a stack in OUT.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HTTP_STACKS } from "./http-stacks.mjs";
import { cdk } from "./parts.mjs";
import { REST_STACKS } from "./rest-stacks.mjs";

const out = process.argv[3];
mkdirSync(out, { recursive: true });
for (const [name, make] of Object.entries({ ...REST_STACKS, ...HTTP_STACKS })) {
  const app = new cdk.App({ outdir: join(out, `${name}.out`) });
  const stack = new cdk.Stack(app, name);
  make(stack);
  const { template } = app.synth().getStackArtifact(stack.artifactId);
  writeFileSync(join(out, `${name}.json`), JSON.stringify(template));
}
