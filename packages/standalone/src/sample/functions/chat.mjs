import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from "@aws-sdk/client-apigatewaymanagementapi";

/** Who is connected: a file for each connection, with a name. On AWS this would be a table. */
const { CHAT_FOLDER, CHAT_ENDPOINT } = process.env;
const fileOf = (connectionId) => join(CHAT_FOLDER, connectionId);

/** Sends a line to everybody but one. */
async function tellOthers({ connectionId, domainName, stage }, line) {
  // On AWS the endpoint is that of the API.
  const client = new ApiGatewayManagementApiClient({ endpoint: CHAT_ENDPOINT ?? `https://${domainName}/${stage}` });
  const others = (await readdir(CHAT_FOLDER)).filter((id) => id !== connectionId);
  const sent = others.map((id) => client.send(new PostToConnectionCommand({ ConnectionId: id, Data: line })));
  for (const { reason } of await Promise.allSettled(sent))
    // Whoever is gone, or not quite there yet, misses the line.
    if (reason && reason.name !== "GoneException") throw reason;
}

/** A Lambda function as it would run on AWS: a chat, in which everybody gets what the others send. */
export async function handler({ requestContext, headers, body }) {
  const { routeKey, connectionId } = requestContext;
  if (routeKey === "$connect") {
    const name = (headers.name ?? headers.Name ?? `guest ${connectionId.slice(-4, -1)}`).slice(0, 32);
    await writeFile(fileOf(connectionId), name);
    await tellOthers(requestContext, `${name} is here`);
    return { statusCode: 200 };
  }
  const name = await readFile(fileOf(connectionId), "utf8");
  if (routeKey === "$disconnect") await rm(fileOf(connectionId));
  await tellOthers(requestContext, routeKey === "$disconnect" ? `${name} has left` : `${name}: ${body}`);
  return { statusCode: 200 };
}
