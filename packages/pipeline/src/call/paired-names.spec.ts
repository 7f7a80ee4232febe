import { expect, it } from "vitest";
import { withoutNamedSecrets } from "./secret-names.ts";

const MASK = "*".repeat(20);

it.each([
  ["a member behind its name", '{"name":"password","value":"planted","n":1}'],
  ["a member before its name", '{"value":"planted","type":"x","name":"password"}'],
  [
    "objects of a list",
    '[{"name":"user","value":"ada"},{"Key":"dbPassword","Value":"planted"},{"key":"n","value":"kept"}]',
  ],
  ["a header", '{"headerName":"Authorization","headerValue":"planted words"}'],
  [
    "members in a string of JSON",
    JSON.stringify({ b: JSON.stringify({ name: "token", value: "planted", n: 1 }) }),
  ],
  [
    "members on lines of their own in a string of JSON",
    JSON.stringify({ b: JSON.stringify({ name: "token", value: "planted" }, undefined, 2) }),
  ],
  ["a member whose name has brackets", '[{"name":"user[password]","value":"planted"}]'],
  ["a member whose name has a point", '{"field":"user.password","value":"planted"}'],
  ["members in apostrophes", "{'name': 'password', 'value': 'planted'}"],
  ["members far from each other", `{"value":"planted","n":"${"kept".repeat(500)}","name":"password"}`],
  [
    "a member of an object that has others in it",
    '{"name":"password","of":{"value":"kept","}":1},"value":"planted"}',
  ],
  ["an attribute behind its name", '<param name="password" value="planted"/><param name="n" value="kept"/>'],
  ["an attribute before its name", `<param hint="a > b" value='planted' name='password'/>`],
  ["an attribute of an element that is named so", '<a:password n="1" value="planted"/>'],
  ["an attribute in a string of JSON", JSON.stringify({ b: '<param name="token" value="planted"/>' })],
  [
    "the content of an element whose attribute has the name",
    '<p name="password">planted</p><p name="n">kept</p>',
  ],
  ["an element behind its name", "<entry><key>password</key><value>planted</value></entry><n>kept</n>"],
  [
    "a property list",
    "<dict><key>token</key>\n<string>planted</string><key>n</key><string>kept</string></dict>",
    "<dict><key>token</key>\n<string>M</string><key>n</key><string>M</string></dict>",
  ],
  ["an element before its name", "<a><value>planted</value><name>password</name></a>"],
  ["a form", "n=1&name=password&value=planted"],
  ["a form whose name has brackets", "name=user[password]&value=planted"],
  ["a form whose name has brackets that are encoded", "name=user%5Bpassword%5D&value=planted"],
  ["a form in a string of JSON that has the name at its end", '{"b":"value=planted&name=password"}'],
  ["a form in a URL that has the name at its end", "GET /?value=planted&name=password HTTP/1.1"],
  ["a map of Java that has the name at its end", "{n=1, value=planted, name=password}"],
  ["pairs with semicolons", "name=password; value=planted; n=1"],
  ["pairs with spaces", "n=1 name=password value=planted"],
  ["a form that has the name at its end", "value=planted&name=password"],
  ["a map of Java", "{name=password, value=planted, n=1}"],
  ["pairs in lists", '[["n","kept"],["password","planted"]]', '[["n","kept"],["password",M]]'],
])(
  "a secret whose name is a value beside it is masked: %s",
  (_what, text, expected = text.replaceAll(/planted(?: words)?/g, "M")) => {
    expect(withoutNamedSecrets(text)).toBe(expected.replaceAll("M", MASK));
  },
);

it.each([
  ["a name without a value", '{"name":"password","n":"kept"}'],
  ["what is not called a value", '{"type":"password","user":"ada"}'],
  ["a list of names", '{"required":["password","user"],"scopes":["token"]}'],
  ["values of another object", '[{"name":"password"},{"name":"n","value":"kept"}]'],
  ["a name of several words", '{"name":"a secret garden","value":"kept"}'],
  ["longer names", '{"name":"max_tokens","value":"kept"}<p name="tokens" value="kept"/>'],
])("is shown: %s", (_what, text) => {
  expect(withoutNamedSecrets(text)).toBe(text);
});

it("what is behind a value that is too long to look behind it is masked with it", () => {
  const long = "a".repeat(5_000);
  expect(withoutNamedSecrets(`{"value":"${long}","name":"password"}`)).toBe(
    `{"value":"${MASK}","name":"password"}`,
  );
  expect(withoutNamedSecrets(`{"value":"planted","n":"${long}","name":"password"}`)).not.toContain("planted");
  expect(withoutNamedSecrets(`{"name":"password","n":"${long}","value":"planted"}`)).not.toContain("planted");
});

it.each([
  ["objects in objects", '{"name":"token","x":'.repeat(20_000)],
  ["values in values", '{"value":1,"name":"token","x":'.repeat(20_000)],
  ["names and values", '"name":"token","value":"x",'.repeat(5_000)],
  ["tags without an end", '<a name="token" b='.repeat(20_000)],
  ["names without values in elements", "<key>token</key>".repeat(20_000)],
  ["elements without an end", "<value>token".repeat(30_000)],
  ["pairs without values", "name=token&".repeat(20_000)],
  ["spaces behind members", `"name":"token"${" ".repeat(4_000)}`.repeat(100)],
  ["lines behind members in a string of JSON", `"name":"token"${"\\n".repeat(2_000)}`.repeat(100)],
  ["pairs behind spaces", `name=token${" ".repeat(4_000)}`.repeat(100)],
  ["brackets in pairs", `name=token${"]".repeat(4_000)}`.repeat(100)],
  ["lists in lists", '[["token",'.repeat(30_000)],
  ["spaces", `[${" ".repeat(300_000)}"token"`],
  ["attributes", `<a ${'b="token" '.repeat(30_000)}`],
  ["words", "password=a b ".repeat(20_000)],
])("takes a time in proportion to a text of %s", (_what, text) => {
  const startMs = performance.now();
  withoutNamedSecrets(text);
  expect(performance.now() - startMs).toBeLessThan(10_000);
});
