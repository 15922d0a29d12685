import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { connection } from "../fixtures/consilium.ts";

type Call = { id: number; method: string; params: unknown[] };

/** A node that can be made to fail as nodes do. */
export interface Rpc {
  url: string;
  /** How often it was called over HTTP, and how many questions that brought. */
  count: { posts: number; calls: number };
  /** Runs before each call is passed on; what it throws is answered as the node's error. */
  before: (call: Call) => unknown;
  /** Changes a call's result. */
  alter: (call: Call, result: unknown) => unknown;
  /** Stops listening, as in an outage. */
  down(): Promise<void>;
  /** Listens again on the same port. */
  up(): Promise<void>;
}

/** The in-process chain as a node that speaks JSON-RPC over HTTP. */
export async function startRpc(): Promise<Rpc> {
  const rpc: Rpc = {
    url: "",
    count: { posts: 0, calls: 0 },
    before: () => undefined,
    alter: (_, result) => result,
    down,
    up,
  };
  let server: Server | undefined;
  let port = 0;

  async function answer(call: Call): Promise<object> {
    const { id, method, params } = call;
    try {
      await rpc.before(call);
      const result: unknown = await connection.provider.request({ method, params });
      return { jsonrpc: "2.0", id, result: rpc.alter(call, result) };
    } catch (error) {
      const { code = -32_603, message, data } = error as { code?: number; message: string; data?: unknown };
      return { jsonrpc: "2.0", id, error: { code, message, ...(data !== undefined && { data }) } };
    }
  }

  /** One call, or a batch of them. */
  async function answerAll(body: Call | Call[]): Promise<object> {
    rpc.count.posts++;
    rpc.count.calls += Array.isArray(body) ? body.length : 1;
    return Array.isArray(body) ? Promise.all(body.map(answer)) : answer(body);
  }

  async function up(): Promise<void> {
    server = createServer((request, response) => {
      void text(request)
        .then((body) => answerAll(JSON.parse(body) as Call | Call[]))
        .then((result) => response.setHeader("content-type", "application/json").end(JSON.stringify(result)));
    }).listen(port, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
    rpc.url = `http://127.0.0.1:${port}`;
  }

  async function down(): Promise<void> {
    if (server === undefined) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
    server = undefined;
  }

  await up();
  return rpc;
}
