import { describe, expect, it } from "vitest";
import { isCrossSiteScripting } from "./cross-site-scripting.ts";
import { isSqlInjection } from "./sql-injection/sql-injection.ts";

/** Far more than what is linear takes of the processor for 64 KB on a slow machine, and far less than what is quadratic does. */
const LINEAR_MS = 1_000;

const injections = [
  "' or 1=1--",
  "' OR '1'='1",
  '" or ""="',
  "') or ('a'='a",
  "admin'--",
  "admin' #",
  "x' or 1 -- -",
  "1 or 1=1",
  "1) and (2=2",
  "1 and sleep(5)",
  "1' and sleep(5)#",
  "1' and(select 1 from(select sleep(5))x)-- -",
  "1 union select 1,2,3",
  "1' UNION ALL SELECT NULL,NULL-- -",
  "1'/**/union/**/select/**/user(),2#",
  "1 /*!50000union*/ /*!50000select*/ 1,2",
  "1 order by 10--",
  "1' group by 3-- -",
  "1; drop table users",
  "1'; exec xp_cmdshell('dir')--",
  "1' waitfor delay '0:0:5'--",
  "1;waitfor delay '0:0:5'--",
  "(select password from users)",
  "1-(select 1 from dual)",
  "1 and ascii(substr(user(),1,1))>64",
  "1 rlike (select (case when (1=1) then 1 else 2 end))",
  "1 procedure analyse(extractvalue(1,concat(1,version())),1)",
  "1 into outfile '/tmp/x'",
  "'||(select banner from v$version)||'",
  "' and extractvalue(1,concat(0x7e,version()))-- -",
  "1 or 2 like 2",
  "-1 or pg_sleep(5)--",
  "1' and benchmark(5000000,md5(1))#",
  "declare @x varchar(9)",
  "'='",
  "0x31 or 1=1",
  "1\nor\n1=1",
  "1%00' or 1=1--",
];

const plain = [
  "",
  "7",
  "2026-11-29T10:00:00Z",
  "hello world",
  "O'Brien",
  "Tom's and Jerry's",
  "rock 'n' roll and it's only 5 or 6 songs",
  "John and Mary, or Ada",
  "5 or 6 apples",
  "1 and 2",
  "select a seat from the plan",
  "credit union select committee",
  "drop me a line; select whatever you like",
  "the group by the door orders by phone",
  "where are you from?",
  "He said \"yes\" and she said 'no'",
  "a=1&b=2",
  "C++ and C#",
  "50% off -- today only!",
  "SELECT is a word",
  "https://example.com/a?b=c&d=e#f",
  '{"name":"ada","tags":["x","y"],"n":1,"note":"it\'s fine"}',
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)",
  "price < 10 and size > 5",
  "x = y or z",
  "if (a && b) return c;",
  "user@example.com",
  "+1 (555) 010-0199",
  "12' x 5' board, 3\" thick",
  "update your profile; create an account",
  "from 1 to 10, in order",
  "<b>bold</b> and <i>italic</i>",
  '<a href="https://example.com/">link</a>',
  '<p style="color:red">red</p>',
  "1 < 2 > 0",
  "style = bold, online = true",
  "data: a list, javascript is a language",
  "const onMatch = (x) => x",
  "<3 you",
];

/** As a detector gets them: characters are bytes. */
const bytes = (text: string) => Buffer.from(text).toString("latin1");

describe("SQL injection", () => {
  it.each(injections)("%j", (text) => {
    expect(isSqlInjection(bytes(text), "LOW")).toBe(true);
    expect(isSqlInjection(bytes(text), "HIGH")).toBe(true);
  });

  it.each(plain)("not %j", (text) => {
    expect(isSqlInjection(bytes(text), "LOW")).toBe(false);
  });

  it.each(["1 or true", "x' -- and a comment", "1 union select"])("HIGH only: %j", (text) => {
    expect(["LOW", "HIGH"].map((level) => isSqlInjection(bytes(text), level as "LOW" | "HIGH"))).toEqual([
      false,
      true,
    ]);
  });

  it.each(["'", "(", "/*", "--", "a'b\"", "\\", "`", "[", "1,", "'or 1 "])(
    "takes time in proportion to the text: 64 KB of %j",
    (piece) => {
      const text = piece.repeat(65_536 / piece.length);
      const before = process.threadCpuUsage();
      isSqlInjection(text, "HIGH");
      isCrossSiteScripting(text);
      expect(process.threadCpuUsage(before).user / 1000).toBeLessThan(LINEAR_MS);
    },
  );
});

describe("cross-site scripting", () => {
  it.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '" onmouseover=alert(1) x="',
    "x onfocus=alert(1)",
    "javascript:alert(1)",
    '<a href="java\tscript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<div style="width:expression(alert(1))">',
    "<iframe srcdoc='x'>",
    "<!--[if IE]><b><![endif]-->",
    "'><x onclick=alert(1)>",
  ])("%j", (text) => {
    expect(isCrossSiteScripting(bytes(text))).toBe(true);
  });

  it.each(plain)("not %j", (text) => {
    expect(isCrossSiteScripting(bytes(text))).toBe(false);
  });

  it.each(["<", "<a ", "=", "<!--", "<a href=", '"'])(
    "takes time in proportion to the text: 64 KB of %j",
    (piece) => {
      const text = piece.repeat(65_536 / piece.length);
      const before = process.threadCpuUsage();
      isCrossSiteScripting(text);
      expect(process.threadCpuUsage(before).user / 1000).toBeLessThan(LINEAR_MS);
    },
  );
});

describe("what hides a script", () => {
  it.each([
    `<a href="${" ".repeat(600)}javascript:alert(1)">x</a>`,
    `<a href="${"&#10;".repeat(600)}javascript:alert(1)">x</a>`,
    '<a href="&#00000000000106;avascript:alert(1)">x</a>',
    '<a href="&#x000000000006a;avascript:alert(1)">x</a>',
    "<video onencrypted=alert(1) src=x>",
    "<!-- --!><script>alert(1)</script>",
  ])("%s", (text) => {
    expect(isCrossSiteScripting(text)).toBe(true);
  });
});

describe("time", () => {
  const long = (text: string, repeated: string) => text + repeated.repeat(65_536 / repeated.length);
  it.each([
    ["blanks after url(", long('<a style="url(', " ")],
    ["comments that are not closed", long("<a style='", "/*")],
    ["styles", long("<a ", "style=/*")],
    ["elements", long("", "<a ")],
  ])("is linear in the text: %s", (_what, text) => {
    const before = process.threadCpuUsage();
    isCrossSiteScripting(text);
    expect(process.threadCpuUsage(before).user / 1000).toBeLessThan(LINEAR_MS);
  });
});
