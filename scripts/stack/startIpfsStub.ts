import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Service } from "./startService.ts";

/** Stands in for the IPFS endpoint that graph-node asks for at its start; the suite keeps nothing there. */
export async function startIpfsStub(): Promise<Service & { url: string }> {
  const server = createServer((request, response) => {
    const found = request.url?.startsWith("/api/v0/version") === true;
    response.writeHead(found ? 200 : 404, { "content-type": "application/json" });
    response.end(found ? '{"Version":"0.0.0"}' : "{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");

  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}
