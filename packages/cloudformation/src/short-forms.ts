import { type CollectionTag, Pair, Scalar, type ScalarTag, YAMLMap, type YAMLSeq } from "yaml";

/** Functions whose short form in YAML is their name, and whose long form begins with Fn:: (AWS: intrinsic functions). */
const FUNCTIONS = [
  "And",
  "Base64",
  "Cidr",
  "Equals",
  "FindInMap",
  "GetAZs",
  "If",
  "ImportValue",
  "Join",
  "Length",
  "Not",
  "Or",
  "Select",
  "Split",
  "Sub",
  "ToJsonString",
  "Transform",
];

const longForm = (name: string, argument: unknown) => {
  const map = new YAMLMap();
  map.items.push(new Pair(new Scalar(name), argument));
  return map;
};

const scalarTag = (tag: string, resolve: (text: string) => unknown): ScalarTag => ({ tag, resolve });

const collectionTag = (tag: string, name: string, collection: "seq" | "map"): CollectionTag => ({
  tag,
  collection,
  resolve: (value: YAMLMap | YAMLSeq) => longForm(name, value),
});

/** !GetAtt Resource.Attribute: the resource is before the first dot. */
function getAtt(text: string): { readonly "Fn::GetAtt": readonly string[] } {
  const dot = text.indexOf(".");
  return { "Fn::GetAtt": dot < 0 ? [text] : [text.slice(0, dot), text.slice(dot + 1)] };
}

/** Templates use YAML 1.1, which has more words for true and false than YAML 1.2. */
const oldBoolean: ScalarTag = {
  tag: "tag:yaml.org,2002:bool",
  default: true,
  test: /^(?:yes|Yes|YES|on|On|ON|no|No|NO|off|Off|OFF)$/,
  resolve: (text) => /^(yes|on)$/i.test(text),
};

/** TEMPLATE_TAGS are the short forms of a template's functions in YAML: `!Ref A` is `{Ref: A}`. */
export const TEMPLATE_TAGS = [
  oldBoolean,
  scalarTag("!Ref", (text) => ({ Ref: text })),
  scalarTag("!Condition", (text) => ({ Condition: text })),
  scalarTag("!GetAtt", getAtt),
  collectionTag("!GetAtt", "Fn::GetAtt", "seq"),
  ...FUNCTIONS.flatMap((name) => [
    scalarTag(`!${name}`, (text) => ({ [`Fn::${name}`]: text })),
    collectionTag(`!${name}`, `Fn::${name}`, "seq"),
    collectionTag(`!${name}`, `Fn::${name}`, "map"),
  ]),
];

/** TEMPLATE_YAML is how templates differ from plain YAML: CloudFormation and SAM's tools read them with lenient parsers of YAML 1.1. */
export const TEMPLATE_YAML = { customTags: TEMPLATE_TAGS, isLenient: true };
