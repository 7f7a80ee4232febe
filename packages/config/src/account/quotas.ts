import { z } from "zod";

const most = z.int().min(0).optional();

/** How many things of a kind an account, or one of its APIs, may have. Absent: as many as it wants. AWS's own are in brackets (API Gateway quotas). */
export const quotas = z.strictObject({
  /** (600) */
  restApis: most,
  /** (10,000) */
  apiKeys: most,
  /** (300) */
  usagePlans: most,
  /** (60) */
  clientCertificates: most,
  /** (120) */
  domainNames: most,
  /** (20) */
  vpcLinks: most,
  /** (5,000) */
  users: most,
  /** Of each API (300). */
  resources: most,
  /** Of each API (10). */
  stages: most,
  /** Of each API (10). */
  authorizers: most,
  /** Of each API (2,000). */
  documentationParts: most,
});
