import { digestOf } from "../canonical.ts";

/** The kinds of wafv2 as ARNs name them. */
export type WafResource = "webacl" | "ipset" | "regexpatternset" | "rulegroup";

/** uuidOf is a UUID that is always the same for the same text, in the form of version 8 (RFC 9562). */
export function uuidOf(text: string): string {
  const hex = digestOf(text);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join("-");
}

/** wafId is the id that AWS's clients see beside the name, which is the entity's id here. */
export const wafId = (accountId: string, resource: WafResource, name: string): string =>
  uuidOf(`${accountId}/${resource}/${name}`);

/** wafArn is the ARN of an entity of wafv2: arn:aws:wafv2:{region}:{account}:regional/{resource}/{name}/{id}. */
export const wafArn = (region: string, accountId: string, resource: WafResource, name: string): string =>
  `arn:aws:wafv2:${region}:${accountId}:regional/${resource}/${name}/${wafId(accountId, resource, name)}`;

/** idOfArn is the id of the entity that an ARN of wafv2 names; an id itself is one too. */
export function idOfArn(arn: string): string {
  const parts = arn.split("/");
  // arn:aws:wafv2:{region}:{account}:regional/ipset/{name}/{uuid}
  return arn.startsWith("arn:") ? (parts[2] ?? "") : arn;
}

/** WafPlace is where entities of wafv2 are. */
export interface WafPlace {
  readonly region: string;
  readonly accountId: string;
}

/** isForeignArn says whether an ARN, which may also be an id, names anything but an entity of this kind that is here. */
export const isForeignArn = (arn: string, { region, accountId }: WafPlace, resource: WafResource): boolean =>
  arn.startsWith("arn:") && arn !== wafArn(region, accountId, resource, idOfArn(arn));
