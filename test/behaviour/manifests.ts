import {
  apiMember,
  defaultOf,
  isDeployment,
  type JsonSchema,
  type Kind,
  kindNames,
  kindRule,
  membersOf,
  specSchema,
  typeOf,
} from "@tollgate/config";

interface Row {
  readonly path: string;
  readonly type: string;
  readonly standard: string;
}

/** Objects with fewer members, counting those below, are shown wherever they are. */
const REPEATED_MEMBERS = 5;

/** The members of a schema and all below them, with their paths; a large object is shown once. */
function rowsOf(schemas: readonly JsonSchema[], above: string, seen = new Map<string, string>()): Row[] {
  return membersOf(schemas).flatMap((member) => {
    const path = member.name === "[]" ? `${above}[]` : above === "" ? member.name : `${above}.${member.name}`;
    const standard = member.isRequired ? "required" : (defaultOf(member) ?? "");
    const own = JSON.stringify(member.schemas);
    const first = seen.get(own);
    if (first !== undefined) return [{ path, type: `as \`${first}\``, standard }];
    // What contains itself is known before what is below it.
    if (own.includes("$ref")) seen.set(own, path);
    const below = rowsOf(member.schemas, path, seen);
    if (below.length >= REPEATED_MEMBERS) seen.set(own, path);
    return [{ path, type: typeOf(member), standard }, ...below];
  });
}

const cell = (text: string) => text.replaceAll("|", "\\|");
const code = (text: string) => (text === "" || text === "required" ? text : `\`${cell(text)}\``);

function section(kind: Kind): string {
  const { about, id, parent } = kindRule(kind);
  const place = [
    `\`id\`: it ${id.help}${id.make ? "; it may be left out" : ""}.`,
    ...(parent ? [`\`${apiMember(kind)}\`: the id of its ${parent.name}.`] : []),
  ];
  const rows = rowsOf([specSchema(kind)], "").map(
    ({ path, type, standard }) => `| \`${path}\` | ${cell(type)} | ${code(standard)} |`,
  );
  return [
    `## ${kind}`,
    about,
    place.join(" "),
    ["| member of `spec` | type | default |", "|---|---|---|", ...rows].join("\n"),
  ].join("\n\n");
}

/** renderManifests is the page of all manifests. Deployments are left out: nobody writes them. */
export const renderManifests = (): string =>
  `${[
    "# Manifests",
    "A manifest is an entity as a file has it: `kind`, `id`, `labels`, `spec`, and `restApiId` or `apiId` for what belongs to an API. `tollgate apply -f FILE` takes one, several in YAML documents or a list, or a folder of such files; `tollgate get KIND -o yaml` prints them.",
    "`*` is any name, `[]` any item. `tollgate explain usageplan.quota` shows the same in a terminal. `tollgate schema > tollgate.schema.json` writes JSON Schemas, by which editors check and complete files: begin a YAML file with `# yaml-language-server: $schema=tollgate.schema.json`.",
    "This page is made from the schemas in the code by `test/behaviour/manifests.spec.ts`.",
    ...kindNames.filter((kind) => !isDeployment(kind)).map(section),
  ].join("\n\n")}\n`;
