/** What a caller sends. */
export interface Planted {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: string;
}

const part = (name: string, content: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`;
const json = { "Content-Type": "application/json" };

/** PLACES are where callers put secrets: what each sends with one. */
export const PLACES: Readonly<Record<string, (secret: string) => Planted>> = {
  "a bearer token": (secret) => ({ headers: { Authorization: `Bearer ${secret}` } }),
  "a JWT": (secret) => ({ headers: { Authorization: `Bearer eyJhbGciOiJIUzI1NiJ9.${secret}.${secret}` } }),
  "a password of Basic": (secret) => ({ headers: { Authorization: `Basic ${secret}` } }),
  "a signature in headers": (secret) => ({
    headers: {
      Authorization: `AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=${secret}`,
      "X-Amz-Security-Token": secret,
    },
  }),
  "a signature in the query string": (secret) => ({
    query: `X-Amz-Signature=${secret}&X-Amz-Security-Token=${secret}`,
  }),
  cookies: (secret) => ({ headers: { Cookie: `sid=${secret}; other=${secret}` } }),
  "an API key": (secret) => ({ headers: { "X-Api-Key": secret } }),
  "a token in the query string": (secret) => ({ query: `access_token=${secret}&a=1` }),
  "a member of JSON": (secret) => ({ headers: json, body: JSON.stringify({ a: [{ password: secret }] }) }),
  "a member of JSON behind nested ones": (secret) => ({
    headers: json,
    body: JSON.stringify({ token: { a: { b: { c: 1 } }, d: [[1], { e: secret }] } }),
  }),
  "JSON in a string of JSON": (secret) => ({
    headers: json,
    body: JSON.stringify({ event: JSON.stringify({ secret: { a: {}, b: secret } }) }),
  }),
  "a form": (secret) => ({
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: `user=ada&password=${secret}&n=1`,
  }),
  "members of a form": (secret) => ({
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: `user[password]=a,${secret}&user%5BdbPassword%5D=a;${secret}&payload=%7B%22token%22%3A%22${secret}%22%7D`,
  }),
  "headers that a body has": (secret) => ({
    headers: { ...json, "X-Vault-Token": `Bearer ${secret}` },
    body: JSON.stringify({ payload: { Authorization: `Bearer ${secret}`, "x-api-key": secret } }),
  }),
  "a part of a form": (secret) => ({
    headers: { "Content-Type": "multipart/form-data; boundary=b" },
    body: `${part("user", "ada")}${part("password", secret)}${part("n", "1")}--b--\r\n`,
  }),
  "a member beside its name": (secret) => ({
    headers: json,
    body: JSON.stringify({
      fields: [
        { value: secret, name: "password" },
        { Key: "token", Value: secret },
      ],
    }),
  }),
  "an attribute of XML": (secret) => ({
    headers: { "Content-Type": "application/xml" },
    body: `<login><password value="${secret}"/><param name="token" value="${secret}"/><key>secret</key><string>${secret}</string></login>`,
  }),
  XML: (secret) => ({
    headers: { "Content-Type": "application/xml" },
    body: `<a><token><b>1</b><c>${secret}</c></token></a>`,
  }),
};
/** secretOf is the secret that is sent in a place to a target. */
export const secretOf = (place: string, target: string) =>
  `planted${place.replaceAll(/\W/g, "")}0${target.replaceAll(/\W/g, "")}0secret`;

/** PlantedSecret is a secret, and where it is. */
export type PlantedSecret = readonly [place: string, secret: string];
