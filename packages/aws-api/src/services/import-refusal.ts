import type { Manifest } from "@tollgate/config";
import type { Finding } from "@tollgate/openapi";

/**
 * ImportRefusal is a definition that is not imported, because of its errors or because the application refuses what it becomes. The host
 * words it as it words its own refusals.
 */
export class ImportRefusal extends Error {
  /** All findings about the definition. */
  readonly findings: readonly Finding[];
  /** What the definition becomes, if the application refused it; the refusal is the cause. */
  readonly manifests: readonly Manifest[];

  constructor(
    findings: readonly Finding[],
    refused?: { readonly manifests: readonly Manifest[]; readonly cause: unknown },
  ) {
    super("the definition cannot be imported", { cause: refused?.cause });
    this.findings = findings;
    this.manifests = refused?.manifests ?? [];
  }
}
