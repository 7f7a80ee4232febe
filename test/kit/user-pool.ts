import { once } from "node:events";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

/** A user pool's public side: its keys, and tokens that it signs. */
export async function startUserPool(poolId = "us-east-1_Spec") {
  const keys: { kid: string; pair: Awaited<ReturnType<typeof generateKeyPair>> }[] = [];
  const addKey = async (kid: string) => keys.push({ kid, pair: await generateKeyPair("RS256") });
  await addKey("first");
  let fetches = 0;
  const server = createServer((request, response) => {
    fetches++;
    const known = request.url === `/${poolId}/.well-known/jwks.json`;
    const all = keys.map(async ({ kid, pair }) => ({
      ...(await exportJWK(pair.publicKey)),
      kid,
      alg: "RS256",
      use: "sig",
    }));
    void Promise.all(all).then((jwks) =>
      response
        .writeHead(known ? 200 : 404, { "content-type": "application/json" })
        .end(JSON.stringify({ keys: jwks })),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const issuer = `https://cognito-idp.us-east-1.amazonaws.com/${poolId}`;
  return {
    url,
    issuer,
    arn: `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${poolId}`,
    addKey,
    fetches: () => fetches,
    /** token is a good identity token, but for what is given. */
    token: (claims: JWTPayload = {}, { kid = "first", header = {} } = {}) => {
      const nowS = Math.floor(Date.now() / 1000);
      const payload = {
        iss: issuer,
        token_use: "id",
        aud: "client",
        iat: nowS,
        exp: nowS + 600,
        sub: "s-1",
        ...claims,
      };
      const { pair } = keys.find((key) => key.kid === kid) as (typeof keys)[number];
      return new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid, ...header }).sign(pair.privateKey);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export type UserPool = Awaited<ReturnType<typeof startUserPool>>;
