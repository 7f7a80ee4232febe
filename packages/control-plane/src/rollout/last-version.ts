const isNamed = (value: object): value is { readonly apiId: string } => "apiId" in value;

const named = (value: object): object => (isNamed(value) ? { ...value, restApiId: value.apiId } : value);

/**
 * readableByLastVersion returns an artifact's content in a form that nodes of version 0.1 can also read, so that the processes of a cluster
 * can be upgraded in any order. Those nodes read the API of a stage and of a base path from the member restApiId, whatever the protocol of
 * the API is. Remove this when upgrades from 0.1 are no longer supported.
 */
export const readableByLastVersion = (content: object): object =>
  "mappings" in content && Array.isArray(content.mappings)
    ? { ...content, mappings: (content.mappings as readonly object[]).map(named) }
    : named(content);
