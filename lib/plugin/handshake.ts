import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';

const COOKIE_NAME = 'TF_PLUGIN_MAGIC_COOKIE';
const COOKIE = 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2';
const CORE_VERSION = 1;
const PROTOCOL_VERSION = 6;
export const SOCKET_FOLDER_PREFIX = 'tf-plugin-';
export const SOCKET_NAME = 's';
/** In bytes. The limit of `sun_path` is 104 on macOS and 108 on Linux. */
const MAX_SOCKET_PATH = 100;

/** Explains to the user why this process cannot serve as a plugin. */
export class HandshakeError extends Error {
  /** @param startedByTerraform whether Terraform started this process */
  public constructor(
    message: string,
    public readonly startedByTerraform = true,
  ) {
    super(message);
    this.name = 'HandshakeError';
  }
}

/**
 * Returns the certificate (PEM) that the host will authenticate with.
 * @throws HandshakeError when this process was not started by a Terraform that supports plugin protocol 6
 */
export function hostCertificate(env: NodeJS.ProcessEnv): string {
  if (env[COOKIE_NAME] !== COOKIE) {
    throw new HandshakeError(
      'This is a Terraform provider. Terraform starts it; it is not meant to be run directly.',
      false,
    );
  }
  const versions = env.PLUGIN_PROTOCOL_VERSIONS;
  if (versions !== undefined && !versions.split(',').includes(String(PROTOCOL_VERSION))) {
    throw new HandshakeError(
      `This provider requires plugin protocol ${PROTOCOL_VERSION}, which this Terraform does not support. Use Terraform 1.4 or newer.`,
    );
  }
  const certificate = env.PLUGIN_CLIENT_CERT;
  if (!certificate?.includes('BEGIN CERTIFICATE')) {
    throw new HandshakeError(
      'PLUGIN_CLIENT_CERT contains no certificate. This provider serves only hosts that use mutual TLS, as Terraform does.',
    );
  }
  return certificate;
}

/** The go-plugin handshake line: the plugin's address and its certificate. */
export function handshakeLine(socketPath: string, certificateDer: Buffer): string {
  const certificate = certificateDer.toString('base64').replace(/=+$/, '');
  return `${[CORE_VERSION, PROTOCOL_VERSION, 'unix', socketPath, 'grpc', certificate].join('|')}\n`;
}

/**
 * Creates a directory with mode 0700 for a socket. `remove` deletes the directory and the socket.
 * @throws HandshakeError if the directory cannot be created
 */
export function privateSocket(temporary = tmpdir()): { readonly path: string; readonly remove: () => void } {
  const folder = temporaryFolder(canHoldSocket(temporary) ? temporary : '/tmp');
  // The umask may have removed the owner's permissions.
  chmodSync(folder, 0o700);
  return { path: join(folder, SOCKET_NAME), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function temporaryFolder(parent: string): string {
  try {
    return mkdtempSync(join(parent, SOCKET_FOLDER_PREFIX));
  } catch (error) {
    const advice = 'Set TMPDIR to a folder that the user who runs Terraform can write to.';
    throw new HandshakeError(`The provider needs a temporary folder: ${(error as Error).message}. ${advice}`);
  }
}

/** Whether a socket path there is short enough, and free of the handshake's delimiters: bar and line end. */
function canHoldSocket(parent: string): boolean {
  const path = join(parent, `${SOCKET_FOLDER_PREFIX}XXXXXX`, SOCKET_NAME);
  return isAbsolute(parent) && Buffer.byteLength(path) <= MAX_SOCKET_PATH && !/[|\r\n]/.test(path);
}

/** Accepts connections before the server is loaded, and holds them until `connect`. */
export class DeferredListener {
  private readonly pending: Socket[] = [];
  private receive: (socket: Socket) => void = (socket) => void this.pending.push(socket);
  private readonly server = createServer({ pauseOnConnect: true }, (socket) => this.receive(socket));

  public listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject).listen(path, resolve);
    });
  }

  /** Passes pending and future connections to `receive`. */
  public connect(receive: (socket: Socket) => void): void {
    this.receive = receive;
    for (const socket of this.pending.splice(0)) receive(socket);
  }
}
