/** nameRule is what the ids of the kinds that say what is billed to whom must be: names that their author chooses. */
export const nameRule = {
  pattern: /^[a-z0-9][a-z0-9-]{0,62}$/,
  help: "must be 1 to 63 characters of a-z, 0-9 and -, such as acme-gmbh",
};
