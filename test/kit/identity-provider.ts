import { once } from "node:events";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

/** startIdentityProvider serves the public side of an OpenID Connect provider, and signs tokens as it would. */
export async function startIdentityProvider() {
  const pair = await generateKeyPair("RS256");
  const other = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: "one", alg: "RS256", use: "sig" };
  const server = createServer(({ url }, response) => {
    const documents: Readonly<Record<string, object>> = {
      "/.well-known/openid-configuration": { issuer, jwks_uri: `${issuer}/keys` },
      "/keys": { keys: [jwk] },
    };
    const document = documents[url ?? ""];
    response.writeHead(document ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(document ?? {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  return {
    issuer,
    /** token is a good one, but for what is given. */
    token: (claims: JWTPayload = {}, { isForged = false } = {}) => {
      const nowS = Math.floor(Date.now() / 1000);
      const payload = { iss: issuer, aud: "tollgate", sub: "job-1", iat: nowS, exp: nowS + 600, ...claims };
      return new SignJWT(payload)
        .setProtectedHeader({ alg: "RS256", kid: "one" })
        .sign(isForged ? other.privateKey : pair.privateKey);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
