import { parseArtifactName } from "@tollgate/config";

interface Named {
  readonly apiId: string;
}

const withRestApiId = (value: Named): object => ({ ...value, restApiId: value.apiId });

/**
 * readableByLastVersion is the content of an artifact in a form that nodes of version 0.1 understand too, so that the processes of a
 * cluster can be upgraded in any order: they read the API of a stage, and of a base path, as restApiId whatever its protocol. Not needed
 * once upgrades from 0.1 are no longer supported.
 */
export function readableByLastVersion(name: string, content: object): object {
  switch (parseArtifactName(name)?.type) {
    case "stage":
      return withRestApiId(content as Named);
    case "domain":
      return {
        ...content,
        mappings: (content as { mappings: readonly Named[] }).mappings.map(withRestApiId),
      };
    default:
      return content;
  }
}
