import { z } from "zod";
import { wafArtifactName } from "../artifact-name.ts";
import { defineKind } from "../define-kind.ts";
import { tags } from "../tags.ts";
import { NAME, NAME_HELP } from "../web-acl/rule.ts";

const spec = z.strictObject({
  description: z.string().max(256).optional(),
  /** A request matches if one of them does. */
  regularExpressions: z.array(z.string().min(1).max(512)).max(10),
  tags: tags.optional(),
});

export const RegexPatternSet = defineKind({
  name: "RegexPatternSet",
  about:
    "Regular expressions that rules of web ACLs refer to (AWS WAF: RegexPatternSet). Its id is its name.",
  spec,
  collection: "regexpatternsets",
  id: { pattern: NAME, help: `is the set's name and ${NAME_HELP}` },
  /** (10) */
  quota: "regexPatternSets",
  delivery: {
    within: "itself",
    nameOf: (accountId, { id }) => wafArtifactName("regexset", accountId, id),
    contentOf: (accountId, { id, spec: { regularExpressions } }) => ({ accountId, id, regularExpressions }),
  },
});
