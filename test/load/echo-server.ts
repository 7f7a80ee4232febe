// A bare `ws` echo server, and a bare HTTP server, for comparison: prints their ports as JSON.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

const http = createServer((request, response) => {
  request.resume().on("end", () => response.end());
}).listen(0, "127.0.0.1");
const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
sockets.on("connection", (socket) => socket.on("message", (data, binary) => socket.send(data, { binary })));
sockets.on("listening", () =>
  console.log(
    JSON.stringify({
      http: (http.address() as AddressInfo).port,
      webSocket: (sockets.address() as AddressInfo).port,
    }),
  ),
);
