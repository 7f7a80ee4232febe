import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { documentationLocation, documentationProperties } from "../rest-api/documentation.ts";
import { RestApi } from "./rest-api.ts";

const spec = z.strictObject({
  description: z.string().max(1024).optional(),
  parts: z
    .array(
      z.strictObject({
        id: z.string().min(1),
        location: documentationLocation,
        properties: documentationProperties,
      }),
    )
    .default([]),
});

export const DocumentationVersion = defineKind({
  name: "DocumentationVersion",
  about:
    "The documentation of an API at one point in time (AWS: DocumentationVersion). Its id is its version.",
  spec,
  collection: "documentationversions",
  parent: RestApi,
  id: {
    pattern: /^[A-Za-z0-9._-]{1,64}$/,
    help: "is the version and must be 1 to 64 characters of a-z, A-Z, 0-9 and ._-",
  },
  quota: "documentationVersions",
});
