import { expect, it } from "vitest";
import { withoutNamedSecrets } from "./secret-names.ts";
import { isSecretName } from "./secret-words.ts";

const MASK = "*".repeat(20);

it.each([
  ["JSON", '{"password": "planted", "n": 1}', `{"password": "${MASK}", "n": 1}`],
  ["an escaped quote", '{"token":"plan\\"ted\\\\","a":"b"}', `{"token":"${MASK}","a":"b"}`],
  [
    "JSON in a string of JSON",
    '{"b":"{\\"secret\\":\\"planted\\"}"}',
    `{"b":"{\\"secret\\":\\"${MASK}\\"}"}`,
  ],
  [
    "an escaped quote in a string of JSON in another",
    JSON.stringify({ b: JSON.stringify({ secret: 'a"planted\\', c: 1 }) }),
    `{"b":"{\\"secret\\":\\"${MASK}\\",\\"c\\":1}"}`,
  ],
  [
    "JSON in two strings of JSON",
    JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ secret: 'a"planted\\\n', c: "d" }) }) }),
    JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ secret: MASK, c: "d" }) }) }),
  ],
  ["a list", '{"password":["a]planted", "planted"],"n":1}', `{"password":[${MASK}],"n":1}`],
  ["a list of Java", "{token=[planted, planted], a=1}", `{token=[${MASK}], a=1}`],
  ["an object", '{"secret":{"v":"}planted"},"n":1}', `{"secret":{${MASK}},"n":1}`],
  ["a list that is cut off", '{"password":["a","plan', `{"password":[${MASK}`],
  [
    "a list in a string of JSON",
    JSON.stringify({ b: JSON.stringify({ token: ["planted", 'a"planted'] }) }),
    `{"b":"{\\"token\\":[${MASK}]}"}`,
  ],
  ["XML", '<a:password type="x">planted words</a:password>', `<a:password type="x">${MASK}</a:password>`],
  [
    "an element of XML with a prefix, and not what is behind it",
    "<a:x><a:token>planted</a:token><a:n>kept</a:n></a:x>",
    `<a:x><a:token>${MASK}</a:token><a:n>kept</a:n></a:x>`,
  ],
  ["an empty element of XML", "<token></token><a>kept</a>", undefined],
  ["a number", '{"api_key":123}', `{"api_key":${MASK}}`],
  ["a string that is cut off", '{"clientSecret":"plan', `{"clientSecret":"${MASK}`],
  ["a form", "a=1&refresh_token=planted&b=2", `a=1&refresh_token=${MASK}&b=2`],
  ["a map of Java", "{X-Amz-Signature=planted, a=1}", `{X-Amz-Signature=${MASK}, a=1}`],
  ["a URL", "https://a.example/b?idToken=planted HTTP", `https://a.example/b?idToken=${MASK} HTTP`],
  ["longer names", '{"max_tokens":5,"my-token":"kept","tokens":"kept"}', undefined],
  [
    "an object with others in it",
    '{"secret":{"a":{"b":"}","c":[1,{"d":2}]},"e":"planted"},"n":1}',
    `{"secret":{${MASK}},"n":1}`,
  ],
  [
    "an object with others in it, in a string of JSON",
    JSON.stringify({ b: JSON.stringify({ token: { a: { b: "}" }, c: "planted" }, n: 1 }) }),
    `{"b":"{\\"token\\":{${MASK}},\\"n\\":1}"}`,
  ],
  [
    "an object that is cut off in a string of JSON that is not",
    '{"b":"{\\"token\\":{\\"a\\":\\"planted","n":1}',
    `{"b":"{\\"token\\":{${MASK}","n":1}`,
  ],
  ["a map of Java with others in it", "{token={a={b=1}, c=planted}, n=1}", `{token={${MASK}}, n=1}`],
  [
    "XML with elements in it",
    "<x><token><a>1</a><b>planted</b></token><n>1</n></x>",
    `<x><token>${MASK}</token><n>1</n></x>`,
  ],
  ["XML with a section", "<token><![CDATA[planted]]></token>", `<token>${MASK}</token>`],
  ["XML that is cut off", "<a:token><v>planted", `<a:token>${MASK}`],
  ["an attribute of XML", '<login password="planted" n="1"/>', `<login password="${MASK}" n="1"/>`],
  ["an element without content", "<token/><n>1</n>", undefined],
  [
    "a part of a form",
    '--x\r\nContent-Disposition: form-data; name="password"\r\nContent-Type: text/plain\r\n\r\nplanted\r\nwords\r\n--x\r\nContent-Disposition: form-data; name="n"\r\n\r\nkept\r\n--x--\r\n',
    `--x\r\nContent-Disposition: form-data; name="password"\r\nContent-Type: text/plain\r\n\r\n${MASK}\r\n--x\r\nContent-Disposition: form-data; name="n"\r\n\r\nkept\r\n--x--\r\n`,
  ],
  [
    "a part of a form in a string of JSON",
    JSON.stringify({ body: '--x\r\nContent-Disposition: form-data; name="token"\r\n\r\nplanted\r\n--x--' }),
    JSON.stringify({ body: `--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n${MASK}\r\n--x--` }),
  ],
  [
    "a part of a form with a file, that is cut off",
    '--x\nContent-Disposition: form-data; filename="a"; name=secret\n\nplan',
    `--x\nContent-Disposition: form-data; filename="a"; name=secret\n\n${MASK}`,
  ],
  ["a file that has such a name", '--x\r\nfilename="token"; name="n"\r\n\r\nkept\r\n--x--', undefined],
  ...[",", ";", "}", "]", '"', "\\"].map((char): [string, string, string] => [
    `a form with ${char} in a value`,
    `a=1&password=pl${char}anted&n=1`,
    `a=1&password=${MASK}&n=1`,
  ]),
  [
    "a form in a string of JSON",
    JSON.stringify({ body: "a=1&password=plan,ted", n: 1 }),
    `{"body":"a=1&password=${MASK}","n":1}`,
  ],
  ["lines in a string of JSON", '{"b":"a=1\\ntoken=planted"}', `{"b":"a=1\\ntoken=${MASK}"}`],
  ...["user[password]", "user%5Bpassword%5D", "token[]", "token%5B%5D", "user[db][api_key]"].map(
    (name): [string, string, string] => [`a form with ${name}`, `${name}=planted&n=1`, `${name}=${MASK}&n=1`],
  ),
  ...[
    "dbPassword",
    "new_password",
    "X-Api-Key",
    "authToken",
    "webhookSecret",
    "Authorization",
    "Set-Cookie",
  ].map((name): [string, string, string] => [
    `a member ${name}`,
    JSON.stringify({ [name]: "planted words", n: 1 }),
    JSON.stringify({ [name]: MASK, n: 1 }),
  ]),
  [
    "a header in a string of JSON",
    JSON.stringify({ b: JSON.stringify({ authorization: "planted words" }) }),
    JSON.stringify({ b: JSON.stringify({ authorization: MASK }) }),
  ],
  [
    "JSON in a parameter",
    "payload=%7B%22token%22%3A%22planted%22%7D&n=1",
    `payload=%7B%22token%22%3A${MASK}&n=1`,
  ],
  ["values in apostrophes", "{'password': 'planted \\'words', 'n': 1}", `{'password': '${MASK}', 'n': 1}`],
  [
    "an attribute in apostrophes",
    "<login password='planted words' n='1'/>",
    `<login password='${MASK}' n='1'/>`,
  ],
  ...["name='password'", 'name = "password"', 'name="user[password]"', 'name="dbPassword"'].map(
    (name): [string, string, string] => [
      `a part with ${name}`,
      `--x\r\nContent-Disposition: form-data; ${name}\r\n\r\nplanted\r\n--x--`,
      `--x\r\nContent-Disposition: form-data; ${name}\r\n\r\n${MASK}\r\n--x--`,
    ],
  ),
  [
    "a part with lines that begin as boundaries do",
    '--x\r\nContent-Disposition: form-data; name="private_key"\r\n\r\n--a--b\r\n-----BEGIN PRIVATE KEY-----\r\nplanted\r\n-----END PRIVATE KEY-----\r\n--x\r\nContent-Disposition: form-data; name="n"\r\n\r\nkept\r\n--x--\r\n',
    `--x\r\nContent-Disposition: form-data; name="private_key"\r\n\r\n${MASK}\r\n--x\r\nContent-Disposition: form-data; name="n"\r\n\r\nkept\r\n--x--\r\n`,
  ],
  ["no value", '{"password":""} {"secret":', undefined],
  ["a name of JSON with escapes", '{"pass\\u0077ord":"planted"}', `{"password":"${MASK}"}`],
  ["a name of a form with escapes", "n=1&p%61ssword=planted", `n=1&password=${MASK}`],
  ["a name of XML with escapes", '<p name="pass&#119;ord&#x31;" value="kept"/>', undefined],
  ["escapes where no secret is", "/a%62c?n=%61", undefined],
  ["a parameter with spaces", "n=1&password=planted words&m=2", `n=1&password=${MASK}&m=2`],
  ["a parameter with spaces at the end", "Body: password=planted words", `Body: password=${MASK}`],
  ["a form with spaces in a string of JSON", '{"b":"password=planted words"}', `{"b":"password=${MASK}"}`],
  ["a line of YAML", "a: 1\npassword: planted words\nb: 2", `a: 1\npassword: ${MASK}\nb: 2`],
  ["pairs of a log", "a=1, token=planted b=2", `a=1, token=${MASK} b=2`],
  ["words of a text", "the token of a secret is not shown", undefined],
])("secrets that are named as such are masked: %s", (_what, text, expected = text) => {
  expect(withoutNamedSecrets(text)).toBe(expected);
});

it.each([
  ["a value without an end", `"token":"${"\\\\".repeat(200_000)}`, `"token":"${MASK}`],
  ["names without values", '"token'.repeat(100_000), undefined],
  ["names of XML without values", "<token ".repeat(50_000), undefined],
  ["names behind a colon that are no elements", ":token .".repeat(100_000), undefined],
  ["names behind colons without tags", ":token x".repeat(30_000), undefined],
  ["a list without an end", `"token":[${'"a",'.repeat(50_000)}`, `"token":[${MASK}`],
  ["lists in a list without an end", `"token":${"[".repeat(100_000)}`, `"token":[${MASK}`],
  ["parts of forms without content", 'name="token"; '.repeat(20_000), undefined],
  ["parts of forms", 'name="token"\n\n\n--'.repeat(20_000), `name="token"\n\n${MASK}`],
  ["parts without a next one", `name="token"\n\n${"\n--a".repeat(50_000)}`, `name="token"\n\n${MASK}`],
  ["names with brackets", "password[a]".repeat(20_000), undefined],
  ["names in names", "password".repeat(30_000), undefined],
  ["hyphens", "-".repeat(200_000), undefined],
  ["backslashes in a form", `token=a${"\\".repeat(200_000)}`, `token=${MASK}${"\\".repeat(200_000)}`],
  ["elements of XML", "<token>a</token>".repeat(20_000), `<token>${MASK}</token>`.repeat(20_000)],
  ["a name and spaces", `token${" ".repeat(200_000)}`, undefined],
])("in a time in proportion to the text: %s", (_what, text, expected = text) => {
  expect(withoutNamedSecrets(text) === expected).toBe(true);
});

it.each([
  ["apiKey", true],
  ["SECRET", true],
  ["dbPassword", true],
  ["STRIPE_API_KEY", true],
  ["secret_access_key", true],
  ["tokenizer", false],
  ["url", false],
])("a variable '%s' has a secret: %s", (name, expected) => {
  expect(isSecretName(name)).toBe(expected);
});
