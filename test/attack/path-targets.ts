/** Spellings of what is protected, which servers of all kinds were seen to resolve. */
const KNOWN = [
  "/admin",
  "/admin/secret",
  "/%61dmin",
  "/%2561dmin",
  "/x/../admin",
  "/x/%2e%2e/admin",
  "/x/%2E./admin",
  "/x/..%2fadmin",
  "/x/..%2Fadmin",
  "/x/..%5cadmin",
  "/x/..\\admin",
  "/x\\..\\admin",
  "/x%2f..%2fadmin",
  "/x/%252e%252e/admin",
  "/x/..;/admin",
  "/x/..;y/admin",
  "/./admin",
  "/%2e/admin",
  "/.%2fadmin",
  "/;/admin",
  "//admin",
  "///admin",
  "/%2fadmin",
  "/%2Fadmin",
  "/%5cadmin",
  "/\\admin",
  "/admin#x",
  "/admin%23x",
  "/admin%00",
  "/admin/.",
  "/admin/..",
  "/admin/../admin",
  "/admin//secret",
  "/admin/",
  "/admin//",
  "/Admin",
  "/ADMIN/secret",
  "/admin;x",
  "/admin;x=1/secret",
  "/admin%3bx",
  "/;x/admin",
  "/admin;%2fx",
  "/ADMIN;x/",
  "/admin%2fsecret",
  "/admin%2Fsecret",
  "/pub/../admin",
  "/pub/%2e%2e%2fadmin",
  "/pub/..%2fadmin/secret",
  "/pub/a/../../admin",
  "/pub//../admin",
  "/pub/%2e%2e/%61dmin",
  "/pub/a%2f..%2f..%2fadmin",
  "/items/..%2fadmin",
  "/items/%2e%2e%2fadmin%2fsecret",
  "/items/..",
  "/items/.",
  "/items/%2e%2e",
  "/items/a%2fb",
  "http://x/admin",
  "http://other.example/admin",
  "http://other.example//admin",
  "http://x/pub/../admin",
  "https://x/%61dmin",
  "*",
  "admin",
] as const;

/** Paths that clients of AWS send, and that must be answered. */
export const LEGITIMATE: readonly string[] = [
  "/pub/a",
  "/pub/a/b/c.txt",
  "/pub/a%20b",
  "/pub/caf%C3%A9",
  "/pub/a%2Fb",
  "/pub/a//b",
  "/pub/https%3A%2F%2Fexample.com%2Fa",
  "/pub/~a_b-c.d",
  "/pub/.well-known/x",
  "/pub/...",
  "/pub/a;v=1,2",
  "/pub/A/B.TXT",
  "/pub/a/",
  "/items/MixedCase",
  "/pub/a?b=../c&d=%2e%2e%2f#".slice(0, -1),
  "/items/7",
  "/items/a%40b.example",
  "/items/a@b.example",
  "/items/arn%3Aaws%3As3%3A%3A%3Ab%2Fc",
  "/items/100%25",
  "/items/a+b%2Bc",
  "/x",
];

const SEGMENTS = [
  "admin",
  "admin",
  "Admin",
  "ADMIN",
  "admin;x",
  ";x",
  "admin",
  "secret",
  "pub",
  "pub",
  "items",
  "x",
  "a",
  "",
  ".",
  "..",
  "..",
  "...",
  "..;x",
];
const SLASHES = [
  "/",
  "/",
  "/",
  "/",
  "/",
  "//",
  "%2f",
  "%2F",
  "\\",
  "%5c",
  "%5C",
  "/./",
  "/x/../",
  "/%2e%2e/",
  "%252f",
];
const ENDS = [
  "",
  "",
  "",
  "",
  "/",
  "//",
  "/.",
  "/..",
  "#x",
  "?x=/../admin",
  "%23",
  "%3f",
  "%00",
  ";x",
  "%20",
  "%",
  "%zz",
  "\u00e9",
];

/** targetsOf are request targets, the known ones and random mixtures of their parts. */
export function targetsOf(count: number, random: () => number): readonly string[] {
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  /** Any character may be encoded, once or twice; what servers decode is the same. */
  const spelled = (text: string) =>
    text.replace(/[A-Za-z.;]/g, (character) => {
      const at = random();
      if (at > 0.12) return character;
      const digits = character.charCodeAt(0).toString(16);
      return at > 0.02 ? `%${random() < 0.5 ? digits : digits.toUpperCase()}` : `%25${digits}`;
    });
  const random1 = () => {
    let path = one(["/", "/", "/", "/", "//", "/%2f", "/\\", "http://x/", "http://other.example/"]);
    const length = 1 + Math.floor(random() * 4);
    for (let i = 0; i < length; i++) path += (i === 0 ? "" : one(SLASHES)) + spelled(one(SEGMENTS));
    return path + one(ENDS);
  };
  const targets = new Set<string>([...KNOWN, ...LEGITIMATE]);
  while (targets.size < count) targets.add(random1());
  return [...targets];
}
