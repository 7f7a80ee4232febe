import { factCatalogue } from "@tollgate/config";

/** What `tollgate lint` finds besides what a manifest breaks by itself. */
export const facts = factCatalogue({
  LANGUAGE_INVALID: ({ reason }: { reason: string }) => reason,
  POLICY_INVALID: ({ reason }: { reason: string }) => reason,
  ENTITY_TWICE: () => "appears twice",
  REFERENCE_NOT_IN_FILES: ({ kind, id }: { kind: string; id: string }) =>
    `there is no ${kind} '${id}' in the files`,
});
