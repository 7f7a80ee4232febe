import { readFileSync } from "node:fs";

/** The files of the specs that rules name. */
const FILES: Readonly<Record<string, string>> = {
  parity: "test/parity/cases/rest-api.json",
  differential: "test/differential/differential.spec.ts",
  apply: "test/spec/control-api/apply.spec.ts",
  errors: "packages/pipeline/src/call/errors.spec.ts",
  sign: "packages/iam/src/sign.spec.ts",
  verify: "packages/iam/src/verify.spec.ts",
  policy: "packages/iam/src/policy/policy.spec.ts",
  "cache-keys": "packages/pipeline/src/authorization/cache-keys.spec.ts",
  "cache-key": "packages/pipeline/src/rest-api/cache/cache-key.spec.ts",
  "aws-proxy": "packages/pipeline/src/rest-api/integrations/aws-proxy.spec.ts",
  mock: "packages/pipeline/src/rest-api/integrations/mock.spec.ts",
  payload: "packages/pipeline/src/values/payload.spec.ts",
  router: "packages/pipeline/src/engine/router.spec.ts",
  "header-rules": "packages/pipeline/src/call/header-rules.spec.ts",
  "trusted-proxies": "packages/data-plane/src/listener/trusted-proxies.spec.ts",
  trie: "packages/pipeline/src/rest-api/routes.spec.ts",
  "limits-unit": "packages/data-plane/src/limits/limits.spec.ts",
  regex: "packages/patterns/src/java.spec.ts",
  template: "packages/mapping/src/template/template.spec.ts",
  engine: "packages/mapping/src/velocity/engine.spec.ts",
};
const root = new URL("../../", import.meta.url);
const fileOf = (name: string) => FILES[name] ?? `test/spec/rest-api/${name}.spec.ts`;

export interface Rule {
  /** Section and row, such as 9.1. */
  readonly id: string;
  readonly section: string;
  readonly rule: string;
  readonly specs: readonly { readonly file: string; readonly title: string }[];
  readonly choice: string | undefined;
}

/** readRules reads rules.txt. */
export function readRules(): readonly Rule[] {
  const rules: Rule[] = [];
  let section = "";
  for (const line of readFileSync(new URL("rules.txt", import.meta.url), "utf8").split("\n")) {
    if (line.startsWith("## ")) section = line.slice(3);
    if (line === "" || line.startsWith("#")) continue;
    const [id = "", rule = "", specs = "", choice] = line.split(" | ");
    rules.push({
      id,
      section,
      rule,
      choice,
      specs: specs.split(/; (?=[a-z-]+: )/).map((spec) => {
        const at = spec.indexOf(": ");
        return { file: fileOf(spec.slice(0, at)), title: spec.slice(at + 2) };
      }),
    });
  }
  return rules;
}

/** missingSpecs lists the specs that rules name and that do not exist. */
export function missingSpecs(rules: readonly Rule[]): string[] {
  const texts = new Map<string, string>();
  const textOf = (file: string) => {
    const known = texts.get(file) ?? readFileSync(new URL(file, root), "utf8");
    texts.set(file, known);
    return known;
  };
  return rules.flatMap(({ rule, specs }) =>
    specs
      .filter(({ file, title }) => !textOf(file).includes(title))
      .map(({ file, title }) => `${rule}: ${file} has no '${title}'`),
  );
}

const escape = (text: string) => text.replaceAll("|", "\\|").replaceAll("{", "\\{").replaceAll("<", "\\<");

/** renderPage returns the content of packages/docs/rest-behaviour.md. */
export function renderPage(rules: readonly Rule[]): string {
  const lines = [
    "# How REST APIs behave",
    "",
    "Each rule and the specs that verify it. Generated from `test/behaviour/rules.txt` by `TOLLGATE_UPDATE_GOLDEN=1 npx vitest run --config test/vitest.config.ts test/behaviour`.",
    "A choice is what Tollgate does where AWS's documentation leaves it open, or where it differs intentionally.",
  ];
  let section = "";
  for (const { section: of, id, rule, specs, choice } of rules) {
    if (of !== section) lines.push("", `## ${of}`, "");
    section = of;
    lines.push(`- ${id} ${escape(rule)}`);
    if (choice !== undefined) lines.push(`  - choice: ${escape(choice)}`);
    for (const { file, title } of specs)
      lines.push(`  - [${file.split("/").at(-1)}](../../${file}): ${escape(title)}`);
  }
  return `${lines.join("\n")}\n`;
}
