const isNamed = (value: object): value is { readonly apiId: string } => "apiId" in value;

const named = (value: object): object => (isNamed(value) ? { ...value, restApiId: value.apiId } : value);

/**
 * readableByLastVersion is an artifact's content that nodes of version 0.1 understand too, so that the processes of a cluster can be
 * upgraded in any order: they read the API of a stage, and of a base path, by the name restApiId whatever its protocol. Not needed once
 * upgrades from 0.1 are no longer supported.
 */
export const readableByLastVersion = (content: object): object =>
  "mappings" in content && Array.isArray(content.mappings)
    ? { ...content, mappings: (content.mappings as readonly object[]).map(named) }
    : named(content);
