/** EvilPattern is a pattern that engines which go back take exponential or polynomial time for, with a text that makes them. */
export interface EvilPattern {
  readonly pattern: string;
  /** Repeated until the text is as long as wanted. */
  readonly repeated: string;
  /** What does not match, at the end. */
  readonly end: string;
}

const evil = (pattern: string, repeated = "a", end = "!"): EvilPattern => ({ pattern, repeated, end });

/** textOf is the text of a pattern, of a length. */
export const textOf = ({ repeated, end }: EvilPattern, length: number): string =>
  repeated.repeat(Math.floor((length - end.length) / repeated.length)) + end;

/** evilPatterns mean the same in Java and in ECMAScript; the kinds of the literature, and what V8's linear engine does not take. */
export const evilPatterns: readonly EvilPattern[] = [
  // Repeated repetitions.
  evil("^(a+)+$"),
  evil("^(a*)*$"),
  evil("^(a+)*$"),
  evil("^((a+)+)+$"),
  evil("^([a-z]+)+\\d$"),
  evil("^([a-zA-Z]+)*$"),
  evil("^(\\w+\\s?)+$"),
  evil("^(.*)*x$"),
  evil("^(.+)+\\.com$", "ab0.-_ "),
  evil("^([^@]+)+@$"),
  evil("^(([a-z])+.)+[A-Z]([a-z])+$"),
  evil("^(\\d+)*\\.\\d+$", "1", "x"),
  evil("^(x+x+)+y$", "x"),
  evil("^(-?\\d+,?)+;$", "12,", "x"),
  evil("^(?:\\s*[a-z]+\\s*,?)+;$", "ab , "),
  // Counted repeats, above and below what V8's linear engine takes.
  evil("^([a-z0-9]{1,63}[.]?)+$"),
  evil("^(a{1,40})*b$"),
  evil("^(a?){50}a{50}$"),
  evil("^(.*a){20}$"),
  evil("^(.*?,){11}P$", "1,"),
  evil("^(?:a{0,1000}){1}b$"),
  evil("^[a-z]{1,1000}!!$"),
  evil("^(a{2,30}){2,30}$"),
  evil("^(?:[0-9a-f]{1,4}:?){1,8}z$", "ab:", "!"),
  evil("^([a-c]{17,33}|[b-d]{17,33})+$", "abc"),
  // Alternatives that overlap.
  evil("^(a|aa)+$"),
  evil("^(a|a?)+$"),
  evil("^(a|b|ab)*c$", "ab"),
  evil("^(?:a|a|a|a)+$"),
  evil("^(foo|foobar|bar)+$", "foobar", "fooba"),
  evil("^(\\w|[a-z]|\\d)+$"),
  evil("^(?:[a-z]|[a-y]|[b-z])*[0-9]$", "ay"),
  evil("^(?:ab?|ba?)+$", "ab", "!"),
  // The repeats of one kind after each other.
  evil("^.*.*.*.*.*=.*$"),
  evil("^a*a*a*a*a*a*b$"),
  evil("^\\s*\\s*\\s*x$", " "),
  evil("^.*a.*a.*a.*a.*b$"),
  evil("^[^,]*,?[^,]*,?[^,]*;$"),
  evil("^\\d*\\d*\\d*\\.$", "7", "x"),
  // Searches that begin at each character.
  evil("\\s+$", " ", "x"),
  evil("(?:a+)+#"),
  evil("[a-z]*[0-9]@"),
  evil(".*,.*;"),
  evil("\\b(\\w+)+\\b!!"),
  evil("(^|\\W)(a+)+(\\W|$)#"),
  // Case, which V8's linear engine does not take.
  evil("^(?i:(a+)+)$", "aA"),
  evil("^(?i:[a-f]+|b+)*1$", "aBcDeF"),
  // Many states at once.
  evil("^[ab]*a[ab]{12}c$", "abbab"),
  evil("^(a|b)*a(a|b){20}c$", "abaabbb"),
  evil("^(?:a.{0,20})+z$", "ab"),
];
