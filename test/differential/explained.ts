/** Answer is what an engine made of a case. */
export interface Answer {
  readonly out?: string;
  readonly error?: string;
}

export interface Case {
  readonly template?: string;
  readonly path?: string;
  /** The JSON that it reads; absent: the body of the generated cases. */
  readonly body?: string;
}

/** Ways in which Tollgate differs from Apache Velocity 1.7 and Jayway JsonPath 2.9 on purpose; each says why. */
export const explained: readonly {
  readonly why: string;
  readonly fits: (given: Case, java: Answer, ours: Answer) => boolean;
}[] = [
  {
    why: "Velocity's parser fails on text that it could print, such as a bracket behind a line that ends in #set; a template that AWS accepts never has it",
    fits: ({ template }, java, ours) =>
      template !== undefined && ours.out !== undefined && /ParseErrorException/.test(java.error ?? ""),
  },
  {
    why: "Velocity loses a lone # in front of a #set",
    fits: ({ template }, java, ours) =>
      /#[ \t]+#set/.test(template ?? "") &&
      ours.out?.replaceAll(/[# \t]/g, "") === java.out?.replaceAll(/[# \t]/g, ""),
  },
  {
    why: "Velocity prints a ## comment that stands right behind a property, or behind a #set that stands there",
    fits: ({ template }, java, ours) =>
      /[\w)]## /.test(template ?? "") &&
      java.out?.replaceAll("## note\n", "").replaceAll("## c\n", "") === ours.out,
  },
  {
    why: "reflection (.class) is not available",
    fits: ({ template }) => template?.includes(".class") ?? false,
  },
  {
    why: "three backslashes before a reference that leads nowhere are printed as they are",
    fits: ({ template }) => template?.includes("\\\\\\$foo") ?? false,
  },
  {
    why: "#@name of a macro that does not exist is refused when it is deployed; Velocity prints it",
    fits: ({ template }, _java, ours) => (template?.includes("#@x()") ?? false) && ours.error !== undefined,
  },
  {
    why: "#foreach without 'in' is refused when it is deployed; Velocity ignores the loop",
    fits: ({ template }, _java, ours) =>
      (template?.includes("#foreach($x $list)") ?? false) && ours.error !== undefined,
  },
  {
    why: "Jayway applies an index or wildcard behind '..' to the wrong places if more steps follow",
    fits: ({ path }) => /\.\.\[(-?\d[\d,:-]*|\d*:\d*|\*)\].|\.\.\*./.test(path ?? ""),
  },
  {
    why: "Jayway counts what a scan found in another way",
    fits: ({ path }) => /\.\..*\.length\(\)$/.test(path ?? ""),
  },
  {
    why: "Jayway cannot parse a slice with blanks; ours reads it",
    fits: ({ path }, java) => path !== undefined && /Failed to parse SliceOperation/.test(java.error ?? ""),
  },
  {
    why: "Jayway fails where an aggregate has no numbers; ours gives null",
    fits: ({ path }, java) => path !== undefined && /empty array/.test(java.error ?? ""),
  },
];
