import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { newChildId, shortIdRule } from "../identifier.ts";
import { documentationLocation, documentationProperties } from "../rest-api/documentation.ts";
import { RestApi } from "./rest-api.ts";

const spec = z.strictObject({ location: documentationLocation, properties: documentationProperties });

export const DocumentationPart = defineKind({
  name: "DocumentationPart",
  about: "Documentation of one part of an API (AWS: DocumentationPart).",
  spec,
  collection: "documentationparts",
  parent: RestApi,
  id: shortIdRule(newChildId),
  /** (2,000) */
  quota: "documentationParts",
});
