import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const asset = (name: string) => readFileSync(require.resolve(`swagger-ui-dist/${name}`), "utf8");

/** The files of Swagger UI for a page: read for the first page, and cached. */
let viewer: { readonly style: string; readonly script: string } | undefined;
const viewerOf = () =>
  (viewer ??= { style: asset("swagger-ui.css"), script: asScript(asset("swagger-ui-bundle.js")) });

const asText = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
/** A script element ends at the first </script, so this is escaped within it. */
const asScript = (code: string) => code.replaceAll(/<(?=\/script|!--)/gi, "\\x3C");

/** The page shows a definition; it calls neither the API nor any other host. */
const SHOW = `SwaggerUIBundle({
  spec: JSON.parse(document.getElementById("definition").textContent),
  dom_id: "#documentation",
  deepLinking: true,
  validatorUrl: null,
  supportedSubmitMethods: [],
});`;

/** documentationPage is an OpenAPI definition, as JSON, as a self-contained HTML page that includes Swagger UI. */
export function documentationPage(definition: string): string {
  const { info = {} } = JSON.parse(definition) as { readonly info?: { readonly title?: string } };
  const { style, script } = viewerOf();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${asText(info.title ?? "API")}</title>
<style>${style}</style>
</head>
<body>
<div id="documentation"></div>
<script type="application/json" id="definition">${definition.replaceAll("<", "\\u003c")}</script>
<script>${script}</script>
<script>${SHOW}</script>
</body>
</html>`;
}
