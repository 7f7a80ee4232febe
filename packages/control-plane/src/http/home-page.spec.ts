import type { IncomingMessage, ServerResponse } from "node:http";
import { expect, it } from "vitest";
import { applied, deployed, pets, REST, restApi, useApplication } from "../change/ways-in.contract.ts";
import { createHomePage } from "./home-page.ts";

const application = useApplication();

/** The page that a request gets; undefined: the request is not for it. */
function shown(method: string, url: string, { isOpen = true, host = "localhost:7080" } = {}) {
  let body = "";
  const request = { method, url, headers: { host } } as unknown as IncomingMessage;
  const response = {
    writeHead: () => undefined,
    end: (text: string) => (body = text),
  } as unknown as ServerResponse;
  return createHomePage({ application: application(), isOpen })(request, response) ? body : undefined;
}

it("the address of the control plane is a page of links, with the documentation of the stages", async () => {
  await applied([{ ...restApi(), spec: { name: "<pets>" } }, pets("a")]);
  await deployed(REST, "live");
  expect(shown("GET", "/")).toContain(
    `<li><a href="/docs/${REST}/live">Documentation of &#60;pets&#62;, stage live</a></li>`,
  );
  expect(shown("GET", "/")).toContain('<a href="/readyz">');
});

it.each([
  ["where callers must be known", { isOpen: false }],
  ["at a name that anybody can point here", { host: "evil.example" }],
])("it lists no stages %s", async (_where, options) => {
  await applied([restApi(), pets("a")]);
  await deployed(REST, "live");
  expect(shown("GET", "/", options)).not.toContain("/docs/");
  expect(shown("GET", "/", options)).toContain('<a href="/readyz">');
});

it.each([
  ["POST", "/"],
  ["GET", "/?Action=ListUsers&Version=2010-05-08"],
  ["GET", "/restapis"],
])("%s %s is not for it", (method, url) => {
  expect(shown(method, url)).toBe(undefined);
});
