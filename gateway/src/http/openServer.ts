import type { Socket } from "node:net";
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import fastify, { type FastifyBaseLogger, type FastifyReply, type FastifyRequest } from "fastify";
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import type { Writable } from "node:stream";
import { BadRequestError } from "../errors.ts";
import { httpProblem, problemOf, type Problem } from "./problemOf.ts";
import type { Settings } from "./Settings.ts";

export type Server = Awaited<ReturnType<typeof openServer>>;

/** The HTTP server with its limits, log and refusals, without any route of its own but the description's. */
export async function openServer(settings: Settings, logTo?: Writable) {
  const server = fastify({
    bodyLimit: settings.bodyBytes,
    requestTimeout: settings.receiveSeconds * 1_000,
    connectionTimeout: 0,
    keepAliveTimeout: 10_000,
    http: { connectionsCheckingInterval: 500, headersTimeout: settings.receiveSeconds * 1_000, maxHeaderSize: 8_192 },
    routerOptions: { maxParamLength: 100 },
    forceCloseConnections: "idle",
    return503OnClosing: true,
    trustProxy: settings.trustProxy ?? false,
    clientErrorHandler: refuseConnection,
    logger: {
      level: settings.logLevel,
      ...(logTo !== undefined && { stream: logTo }),
      // Of a call nothing but what cannot hold a secret or a patient: its route's pattern, never the address that was typed.
      serializers: {
        req: (request: FastifyRequest) => ({ method: request.method, route: request.routeOptions.url ?? "none" }),
        res: ({ statusCode }) => ({ statusCode }),
        err: (error: Error) => ({ type: error.name, message: "", stack: placesOf(error) }),
      },
    },
  }).withTypeProvider<ZodTypeProvider>();
  server.removeContentTypeParser("text/plain");
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler((error, request, reply) => refuse(explained(error), request, reply, error));
  server.setNotFoundHandler((request, reply) => refuse(httpProblem(404), request, reply));
  let isClosing = false;
  server.addHook("preClose", (done) => {
    isClosing = true;
    done();
  });
  server.addHook("onSend", (_request, reply, payload, done) => {
    // Or a client that keeps its connection would hold up the end.
    if (isClosing) void reply.header("connection", "close");
    void reply.headers({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
    done(null, payload);
  });

  await server.register(rateLimit, { max: settings.callsPerMinute, timeWindow: 60_000 });
  await server.register(swagger, {
    openapi: {
      info: { title: "Consilium custodian gateway", version: "1", description: "Hands over what the chain granted." },
      components: { securitySchemes: { session: { type: "http", scheme: "bearer" } } },
    },
    transform: jsonSchemaTransform,
  });
  return server;
}

/** A body that breaks its schema, told by the fields' names and never by their values. */
function explained(error: unknown): Problem {
  if (!hasZodFastifySchemaValidationErrors(error)) return problemOf(error);
  const fields = error.validation.map(({ instancePath }) => instancePath.slice(1) || "body");
  return problemOf(new BadRequestError(`${[...new Set(fields)].join(", ")} is not as described`));
}

function refuse(problem: Problem, request: FastifyRequest, reply: FastifyReply, error?: unknown): FastifyReply {
  logRefusal(request.log, problem, error);
  if (problem.status === 401) void reply.header("www-authenticate", "Bearer");
  if (problem.status === 503 && !reply.hasHeader("retry-after")) void reply.header("retry-after", "5");
  return reply
    .code(problem.status)
    .header("content-type", "application/problem+json")
    .serializer((value: unknown) => JSON.stringify(value))
    .send({ ...problem, instance: request.id });
}

function logRefusal(log: FastifyBaseLogger, { type, status }: Problem, error: unknown): void {
  if (status >= 500 && error instanceof Error) log.error({ refusal: type, err: error }, "failed");
  else log.info({ refusal: type }, "refused");
}

/** Where an error was raised, without its message, which may quote what must not be logged. */
function placesOf({ stack = "" }: Error): string {
  return stack
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .join("\n");
}

/** For what is no HTTP, comes too slowly or has too long a head: there is no call yet to answer. */
function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const status = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 }[error.code ?? ""] ?? 400;
  const body = JSON.stringify(httpProblem(status));
  const head = ["content-type: application/problem+json", `content-length: ${body.length}`, "connection: close"];
  socket.end([`HTTP/1.1 ${status} Refused`, ...head, "", body].join("\r\n"));
}
