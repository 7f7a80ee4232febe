import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const asset = (name: string) => readFileSync(require.resolve(`swagger-ui-dist/${name}`), "utf8");

/** Swagger UI as it stands in a page: read when the first page is made, and kept. */
let viewer: { readonly style: string; readonly script: string } | undefined;
const viewerOf = () =>
  (viewer ??= { style: asset("swagger-ui.css"), script: asScript(asset("swagger-ui-bundle.js")) });

const asText = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
/** A script of a page ends with the first </script: within it, that is written so that it does not. */
const asScript = (code: string) => code.replaceAll(/<(?=\/script|!--)/gi, "\\x3C");

/** What the page does: it shows a definition, and calls nothing, neither the API nor any other host. */
const SHOW = `SwaggerUIBundle({
  spec: JSON.parse(document.getElementById("definition").textContent),
  dom_id: "#documentation",
  deepLinking: true,
  validatorUrl: null,
  supportedSubmitMethods: [],
});`;

/** documentationPage is an OpenAPI definition, as JSON, on an HTML page that needs nothing else: Swagger UI is part of it. */
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
