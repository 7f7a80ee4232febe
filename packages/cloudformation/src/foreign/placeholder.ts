import { digestOf } from "@tollgate/config";
import type { StackIdentity } from "../stack-draft.ts";
import type { TemplateResource } from "../template-resource.ts";

/** stableHex is a hexadecimal string that depends only on a name. */
export const stableHex = (name: string, length: number): string => digestOf(name).slice(0, length);

/** Types whose Ref is an id with a prefix (AWS: resource ids of EC2). */
const ID_PREFIXES: Readonly<Record<string, string>> = {
  "AWS::EC2::Instance": "i",
  "AWS::EC2::InternetGateway": "igw",
  "AWS::EC2::NatGateway": "nat",
  "AWS::EC2::RouteTable": "rtb",
  "AWS::EC2::SecurityGroup": "sg",
  "AWS::EC2::Subnet": "subnet",
  "AWS::EC2::VPC": "vpc",
  "AWS::EC2::VPCEndpoint": "vpce",
};

/** What an attribute is, by the end of its name, in the order in which the ends are compared. */
const FORMS: readonly [end: RegExp, form: (named: Named) => string][] = [
  [/Arn$/, ({ service, stack, slug }) => `arn:aws:${service}:${stack.region}:${stack.accountId}:${slug}`],
  [/Cidr(Block)?$/, () => "10.0.0.0/16"],
  [/Port$/, () => "443"],
  [/(Url|URL|Uri|URI|Endpoint|Issuer)$/, ({ host }) => `https://${host}`],
  [/(Domain|DomainName|DNSName|DnsName|Host|HostName|Hostname|Address)$/, ({ host }) => host],
];

interface Named {
  readonly service: string;
  readonly stack: StackIdentity;
  readonly slug: string;
  /** Never resolves (RFC 2606), so no call reaches a stranger. */
  readonly host: string;
}

const slugOf = (...parts: readonly string[]) =>
  parts
    .join("-")
    .replaceAll(/[^A-Za-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");

/** placeholderRef stands for the Ref of a resource whose type is not known. */
export function placeholderRef({ type, logicalId }: TemplateResource, stack: StackIdentity): string {
  const prefix = Object.hasOwn(ID_PREFIXES, type) ? ID_PREFIXES[type] : undefined;
  const name = `${stack.name}-${logicalId}`;
  return prefix === undefined ? name : `${prefix}-${stableHex(`${stack.accountId}/${name}`, 17)}`;
}

/** placeholderAttribute stands for an attribute that is not known, in the form that its name suggests. */
export function placeholderAttribute(
  { type, logicalId }: TemplateResource,
  attribute: string,
  stack: StackIdentity,
): string {
  const own = attribute.replace(/^Outputs\./, "");
  const [, service = "custom"] = type.split("::");
  const slug = slugOf(stack.name, logicalId, own);
  const host = `${slugOf(logicalId, own).toLowerCase().slice(0, 63)}.${stack.name.toLowerCase()}.invalid`;
  const form = FORMS.find(([end]) => end.test(own))?.[1];
  return form ? form({ service: service.toLowerCase(), stack, slug, host }) : slug;
}
