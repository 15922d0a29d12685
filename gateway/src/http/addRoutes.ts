import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { stringToBytes } from "viem";
import { z } from "zod";
import type { Suite } from "@consilium/sdk";
import { GatewayAgentError, RequesterError } from "../errors.ts";
import type { Vault } from "../vault/Vault.ts";
import type { Deliveries, Parcel } from "./Deliveries.ts";
import { latestBlock } from "./latestBlock.ts";
import type { Server } from "./openServer.ts";
import { readAgent } from "./readAgent.ts";
import type { Sessions } from "./Sessions.ts";
import type { Settings } from "./Settings.ts";
import {
  emergencyFetchBody,
  fetchBody,
  healthAnswer,
  nonceAnswer,
  PARCEL_TYPE,
  problemAnswer,
  sessionAnswer,
  signInBody,
} from "./wire.ts";

export interface AddRoutesParameters {
  suite: Suite;
  vault: Pick<Vault, "countRecords">;
  settings: Settings;
  sessions: Sessions;
  deliveries: Deliveries;
  publicUrl: () => URL;
}

/** Refusals by their status, for the description; too many calls are refused by all. */
const refusals = (...statuses: number[]) =>
  Object.fromEntries(
    [...statuses, 429].map((status) => [
      status,
      { description: "A refusal, RFC 9457", content: { "application/problem+json": { schema: problemAnswer } } },
    ]),
  );

const parcelAnswer = {
  description: "A line of JSON, a line feed, and the encrypted bytes",
  content: { [PARCEL_TYPE]: { schema: z.any() } },
};

/** All that the gateway answers to. */
export function addRoutes(server: Server, parameters: AddRoutesParameters): void {
  const { suite, vault, settings, sessions, deliveries, publicUrl } = parameters;

  server.get(
    "/healthz",
    { schema: { summary: "Whether the gateway runs", response: { 200: healthAnswer, ...refusals() } } },
    () => ({
      status: "ok" as const,
    }),
  );

  server.get(
    "/readyz",
    {
      schema: {
        summary: "Whether it can deliver: fresh chain, vault, wallet in standing",
        response: { 200: healthAnswer, ...refusals(503) },
      },
    },
    async () => {
      const { number } = await latestBlock(suite, settings.blockAgeSeconds);
      const { address } = suite.wallet!.account;
      const [agent] = await Promise.all([readAgent(suite, address, number), vault.countRecords()]);
      if (!agent.isGateway) throw new GatewayAgentError(address);
      return { status: "ok" as const };
    },
  );

  server.post(
    "/v1/nonces",
    { schema: { summary: "A nonce to sign in with", response: { 201: nonceAnswer, ...refusals() } } },
    (_request, reply) => {
      const { host, origin } = publicUrl();
      void reply.code(201);
      return { nonce: sessions.makeNonce(), domain: host, uri: origin, chainId: suite.chainId };
    },
  );

  server.post(
    "/v1/sessions",
    {
      schema: {
        summary: "Sign in by wallet (ERC-4361)",
        body: signInBody,
        response: { 201: sessionAnswer, ...refusals(400, 401, 403, 413, 503) },
      },
    },
    async ({ body }, reply) => {
      const { number } = await latestBlock(suite, settings.blockAgeSeconds);
      const wallet = await sessions.check(body);
      const { isRequester } = await readAgent(suite, wallet, number);
      if (!isRequester) throw new RequesterError("it is no agent in standing that could ask for data");
      void reply.code(201);
      return { token: sessions.open(wallet), expiresIn: settings.sessionSeconds };
    },
  );

  /** A delivery's answers; who is not signed in cannot make the gateway work, so that it is asked before the body is read. */
  const delivery = {
    schema: {
      security: [{ session: [] }],
      response: { 200: parcelAnswer, ...refusals(400, 401, 403, 404, 409, 410, 413, 503) },
    },
    onRequest: (request: FastifyRequest, _reply: FastifyReply, done: () => void) => {
      sessions.walletOf(request.headers.authorization);
      done();
    },
  };
  const send = (reply: FastifyReply, parcel: Parcel) =>
    reply
      .header("content-type", PARCEL_TYPE)
      .serializer((value: unknown) => value as string)
      .send(Readable.from(written(parcel), { objectMode: false }));

  server.post(
    "/v1/deliveries",
    {
      ...delivery,
      schema: {
        ...delivery.schema,
        summary: "Fetch a record of a grant: a line of JSON with the envelope, then the encrypted bytes",
        body: fetchBody,
      },
    },
    async ({ body, headers, log }, reply) => {
      const parcel = await deliveries.deliver(sessions.walletOf(headers.authorization), body);
      log.info({ grant: body.grant, transaction: parcel.head.transaction }, "delivered");
      return send(reply, parcel);
    },
  );

  server.post(
    "/v1/emergency-deliveries",
    {
      ...delivery,
      schema: {
        ...delivery.schema,
        summary: "Fetch a record in an emergency, by the clinician who opened it; answers as a grant's delivery does",
        body: emergencyFetchBody,
      },
    },
    async ({ body, headers, log }, reply) => {
      const parcel = await deliveries.deliverInEmergency(sessions.walletOf(headers.authorization), body);
      log.info({ emergency: body.emergency, transaction: parcel.head.transaction }, "delivered in an emergency");
      return send(reply, parcel);
    },
  );

  server.get("/openapi.json", { schema: { hide: true } }, () => server.swagger());
}

async function* written({ head, bytes }: Parcel): AsyncGenerator<Uint8Array> {
  yield stringToBytes(`${JSON.stringify(head)}\n`);
  for await (const chunk of bytes) yield chunk as Uint8Array;
}
