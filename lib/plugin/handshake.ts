import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';

const COOKIE_NAME = 'TF_PLUGIN_MAGIC_COOKIE';
const COOKIE = 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2';
const CORE_VERSION = 1;
const PROTOCOL_VERSION = 6;
/** Unix socket addresses are short, in bytes. */
const MAX_SOCKET_PATH = 100;

/** Why this process cannot serve: `message` is for the person who started it. */
export class HandshakeError extends Error {
  public constructor(message: string) {
    super(message);
    this.name = 'HandshakeError';
  }
}

/**
 * The certificate (PEM) that the host will show.
 * @throws HandshakeError when no Terraform that speaks our protocol started this process
 */
export function hostCertificate(env: NodeJS.ProcessEnv): string {
  if (env[COOKIE_NAME] !== COOKIE) {
    throw new HandshakeError(
      'This is a Terraform provider. Terraform starts it; it is not meant to be run directly.',
    );
  }
  const versions = env.PLUGIN_PROTOCOL_VERSIONS;
  if (versions !== undefined && !versions.split(',').includes(String(PROTOCOL_VERSION))) {
    throw new HandshakeError(
      `This provider speaks plugin protocol ${PROTOCOL_VERSION}, which this Terraform does not. Use Terraform 1.4 or newer.`,
    );
  }
  const certificate = env.PLUGIN_CLIENT_CERT;
  if (!certificate?.includes('BEGIN CERTIFICATE')) {
    throw new HandshakeError(
      'The host offers no certificate (PLUGIN_CLIENT_CERT), and this provider serves no other.',
    );
  }
  return certificate;
}

/** The line that tells the host where the plugin listens and by which certificate to know it. */
export function handshakeLine(socketPath: string, certificateDer: Buffer): string {
  const certificate = certificateDer.toString('base64').replace(/=+$/, '');
  return `${[CORE_VERSION, PROTOCOL_VERSION, 'unix', socketPath, 'grpc', certificate].join('|')}\n`;
}

/** A socket's path in a folder that only this user may enter, and the way to take both away again. */
export function privateSocket(temporary = tmpdir()): { readonly path: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(canHoldSocket(temporary) ? temporary : '/tmp', 'tf-plugin-'));
  // A umask may have taken rights from the owner.
  chmodSync(folder, 0o700);
  return { path: join(folder, 's'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Whether a socket's address fits there, and in the handshake, whose parts a bar divides and whose end is a line's. */
function canHoldSocket(parent: string): boolean {
  const path = join(parent, 'tf-plugin-XXXXXX', 's');
  return isAbsolute(parent) && Buffer.byteLength(path) <= MAX_SOCKET_PATH && !/[|\r\n]/.test(path);
}

/** Listens before there is a server: connections wait, unread, until there is one. */
export class DeferredListener {
  private readonly waiting: Socket[] = [];
  private receive: (socket: Socket) => void = (socket) => void this.waiting.push(socket);
  private readonly server = createServer({ pauseOnConnect: true }, (socket) => this.receive(socket));

  public listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject).listen(path, resolve);
    });
  }

  /** Hands over the connections that wait, and every later one. */
  public connect(receive: (socket: Socket) => void): void {
    this.receive = receive;
    for (const socket of this.waiting.splice(0)) receive(socket);
  }
}
