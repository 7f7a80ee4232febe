import type { JsonService } from "../../protocol/json/endpoint.ts";
import { certificateOperations } from "./certificate.ts";
import { renewOperation } from "./renew.ts";
import { requestOperation } from "./request.ts";
import { tagOperations } from "./tags.ts";

/** acm is the part of AWS Certificate Manager that keeps imported certificates, and issues those of the internal authority. */
export const acm: JsonService = {
  name: "acm",
  signingName: "acm",
  version: "2015-12-08",
  jsonVersion: "1.1",
  targetPrefix: "CertificateManager",
  operations: [...certificateOperations, requestOperation, renewOperation, ...tagOperations],
};
