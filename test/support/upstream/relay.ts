// A TCP relay in front of a real server: counts bytes, and breaks the connection where a test wants it broken.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Relay {
  readonly port: number;
  readonly bytes: { up: number; down: number };
  /** Connections taken so far. */
  connections: number;
  /** Refuses connections (the port is closed) and drops the open ones. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  /** Cuts every connection after so many more bytes from the server have passed. */
  cutAfterDown(bytes: number): void;
  /** Cuts every connection after so many more bytes to the server have passed. */
  cutAfterUp(bytes: number): void;
  /** Holds back everything from the server from now on, until resume(). */
  stall(): void;
  resume(): void;
  /** After so many more bytes to the server, loses what else comes on the connection that brought them; it stays open. */
  swallowAfterUp(bytes: number): void;
  /**
   * After so many more bytes to the server, reads no more from the connection that brought them; others go on. Resolves
   * when that has happened: to what lets it go on.
   */
  holdAfterUp(bytes: number): Promise<() => void>;
  /** From now on the server does not learn that a client has gone: a cable was pulled, nobody said goodbye. */
  loseGoodbyes(): void;
  /** Takes back whatever was asked of it: it is up and passes everything on. */
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** `target` is a port of this machine; as a function, it is asked for each connection. */
export async function startRelay(target: number | (() => number), port = 0): Promise<Relay> {
  const sockets = new Set<Socket>();
  let cutDown = Number.POSITIVE_INFINITY;
  let cutUp = Number.POSITIVE_INFINITY;
  let isStalled = false;
  let losesGoodbyes = false;
  let swallowUp = Number.POSITIVE_INFINITY;
  let hold: { left: number; resolve(goOn: () => void): void } | undefined;
  const onResume = new Set<() => void>();
  const drop = () => {
    cutDown = Number.POSITIVE_INFINITY;
    cutUp = Number.POSITIVE_INFINITY;
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer({ noDelay: true }, (near) => {
    relay.connections += 1;
    const far = connect({ port: typeof target === 'number' ? target : target(), host: '127.0.0.1', noDelay: true });
    let isLost = false;
    for (const [from, to, direction] of [
      [near, far, 'up'],
      [far, near, 'down'],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.once('close', () => {
        sockets.delete(from);
        if (direction === 'down' || !losesGoodbyes) to.destroySoon();
      });
      const pass = (sent: Buffer) => {
        let chunk = sent;
        if (direction === 'up') {
          if (isLost) return;
          isLost = swallowUp < sent.length;
          chunk = sent.subarray(0, swallowUp);
          swallowUp = isLost ? Number.POSITIVE_INFINITY : swallowUp - chunk.length;
        }
        const left = direction === 'up' ? cutUp : cutDown;
        const part = chunk.subarray(0, Math.min(chunk.length, left));
        relay.bytes[direction] += part.length;
        if (direction === 'up') cutUp -= part.length;
        else cutDown -= part.length;
        const isCut = part.length < chunk.length || left === part.length;
        if (isCut) {
          to.write(part, () => drop());
          return;
        }
        const isFull = !to.write(part);
        if (direction === 'up' && hold !== undefined) {
          hold.left -= part.length;
          if (hold.left <= 0) {
            from.pause();
            hold.resolve(() => from.resume());
            hold = undefined;
            return;
          }
        }
        if (isFull) {
          from.pause();
          to.once('drain', () => from.resume());
        }
      };
      from.on('data', (chunk: Buffer) => {
        if (direction === 'up' || !isStalled) {
          pass(chunk);
          return;
        }
        from.pause();
        onResume.add(() => {
          pass(chunk);
          from.resume();
        });
      });
      from.once('end', () => {
        if (direction === 'down' || !losesGoodbyes) to.end();
      });
    }
  });
  const listen = (at: number) => new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  const stopListening = () => new Promise<void>((resolve) => server.close(() => resolve()));
  await listen(port);
  const own = (server.address() as AddressInfo).port;
  const relay: Relay = {
    port: own,
    bytes: { up: 0, down: 0 },
    connections: 0,
    async goDown() {
      const stopped = stopListening();
      drop();
      await stopped;
    },
    comeBack: () => listen(own),
    cutAfterDown(bytes) {
      cutDown = bytes;
    },
    cutAfterUp(bytes) {
      cutUp = bytes;
    },
    stall() {
      isStalled = true;
    },
    resume() {
      isStalled = false;
      for (const go of onResume) go();
      onResume.clear();
    },
    swallowAfterUp(bytes) {
      swallowUp = bytes;
    },
    holdAfterUp(bytes) {
      return new Promise((resolve) => {
        hold = { left: bytes, resolve };
      });
    },
    loseGoodbyes() {
      losesGoodbyes = true;
    },
    async mend() {
      cutDown = cutUp = swallowUp = Number.POSITIVE_INFINITY;
      losesGoodbyes = false;
      hold = undefined;
      relay.resume();
      if (!server.listening) await relay.comeBack();
    },
    async close() {
      losesGoodbyes = false;
      const stopped = server.listening ? stopListening() : undefined;
      drop();
      await stopped;
    },
  };
  return relay;
}
