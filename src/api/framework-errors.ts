import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { problemOf, say } from './problem.ts';

/** Answers what the framework refuses before any route or hook: an address that cannot be decoded (FST_ERR_BAD_URL), say. */
export function answerFrameworkError(error: FastifyError, _: FastifyRequest, reply: FastifyReply): void {
  const status = error.statusCode ?? 500;
  void say(reply, status, status < 500 ? error.message : 'the request cannot be answered');
}

/** Answers on the socket what is no HTTP request, or came too slowly (node's `clientError`). */
export function answerNoRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, name, detail] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? [408, 'Request Timeout', 'the request did not come in time']
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? [431, 'Request Header Fields Too Large', 'the request’s header is too long']
        : [400, 'Bad Request', 'this is no HTTP request'];
  const body = JSON.stringify(problemOf(status, detail));
  const head = `HTTP/1.1 ${status} ${name}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n`;
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
