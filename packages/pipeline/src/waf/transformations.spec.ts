import { describe, expect, it } from "vitest";
import type { TextTransformationType } from "@tollgate/config";
import { compileTransformations } from "./transformations.ts";

const transformed = (text: string, ...types: TextTransformationType[]): string => {
  const all = types.map((type, priority) => ({ type, priority }));
  return compileTransformations(all)?.(text) ?? text;
};

/** The bytes of a text, as parts of requests are inspected. */
const bytes = (text: string) => Buffer.from(text).toString("latin1");

describe("text transformations (waf-api §5)", () => {
  it.each<[TextTransformationType, string, string]>([
    ["NONE", "A b", "A b"],
    ["COMPRESS_WHITE_SPACE", "a \t\n\v\f\r\xa0 b", "a b"],
    ["HTML_ENTITY_DECODE", "&lt;a&#62;&#x41;&quot;&amp;&nbsp;&ampx&unknown;", '<a>A"&\xa0&x&unknown;'],
    ["HTML_ENTITY_DECODE", "&#00000000000060;&#x000000000003e;&#0;", "<>\0"],
    ["CMD_LINE", bytes("É A"), bytes("É a")],
    ["CMD_LINE_WIN", "C^M\"d,/c; \\DIR\\a  'x", "cmd/c \\dir\\a 'x"],
    ["CMD_LINE_UNIX", "c\\a\"t  'x'^;y (z)", "cat x^ y(z)"],
    ["REMOVE_COMMENTS_CHAR", "un/**/ion--sel#ect*/x/y", "unionselectx/y"],
    ["JS_DECODE_EXT", "\\u0061\\x6c\\u{65}rt", "alert"],
    [
      "SHA256",
      "a",
      Buffer.from("ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb", "hex").toString(
        "latin1",
      ),
    ],
    ["LOWERCASE", "AbÉ", "abÉ"],
    ["UPPERCASE", "aBé", "ABé"],
    ["CMD_LINE", "C^M\"d,/c; 'DIR' \\  (x)", "cmd/c dir(x)"],
    ["URL_DECODE", "a%20b+c%3d%zz%u0041", "a b c=%zz%u0041"],
    ["URL_DECODE_UNI", "%u0041%uFF1Cb%20c", "A<b c"],
    ["BASE64_DECODE", "PHNjcmlwdD4=", "<script>"],
    ["BASE64_DECODE", "QUJD!REVG", "ABC"],
    ["BASE64_DECODE_EXT", "QU!JD RE\nVG", "ABCDEF"],
    ["HEX_DECODE", "414243", "ABC"],
    ["MD5", "a", Buffer.from("0cc175b9c0f1b6a831c399e269772661", "hex").toString("latin1")],
    ["REPLACE_COMMENTS", "1/* x */union/**/select/* open", "1 union select "],
    ["ESCAPE_SEQ_DECODE", "\\x41\\101\\n\\\\\\'\\q", "AA\n\\'\\q"],
    ["SQL_HEX_DECODE", "x 0x414243 0x4", "x ABC 0x4"],
    ["CSS_DECODE", "ja\\vas\\63 ript\\\n:x", "javascript:x"],
    ["JS_DECODE", "\\u0041\\x42\\103\\n\\q\\u{44}", "ABC\nqD"],
    ["NORMALIZE_PATH", "/a//b/./c/../d", "/a/b/d"],
    ["NORMALIZE_PATH", "../a/../../b/", "../../b/"],
    ["NORMALIZE_PATH_WIN", "\\a\\..\\b", "/b"],
    ["REMOVE_NULLS", "a\0b", "ab"],
    ["REPLACE_NULLS", "a\0b", "a b"],
    ["UTF8_TO_UNICODE", bytes("aé€"), "a%u00e9%u20ac"],
    ["REMOVE_WHITESPACE", " a\t b ", "ab"],
    ["TRIM", " a b\n", "a b"],
    ["TRIM_LEFT", " a ", "a "],
    ["TRIM_RIGHT", " a ", " a"],
  ])("%s of %j", (type, text, expected) => {
    expect(transformed(text, type)).toBe(expected);
  });

  it("run in the order of their priorities", () => {
    expect(transformed("%2541", "URL_DECODE", "URL_DECODE", "LOWERCASE")).toBe("a");
    const reversed = [
      { type: "LOWERCASE", priority: 2 },
      { type: "URL_DECODE", priority: 1 },
    ] as const;
    expect(compileTransformations([...reversed])?.("%41")).toBe("a");
  });
});
