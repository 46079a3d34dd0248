// How many connections one address may have at the HTTP door: with all of them it would keep everybody else out
// (THREATS.md 82). The SSH door counts for itself (ssh-door/admission.ts).
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { isLocal, sourceOf } from '../protocol/source-address.ts';

export interface ConnectionLimits {
  readonly total: number;
  readonly perAddress: number;
  /** Not counted by address. Default: this machine, where a proxy may stand that speaks TLS for everybody. */
  readonly isExempt?: (source: string) => boolean;
}

/** Cuts, before a byte is read, what connects beyond the limits. */
export function limitConnections(server: Server, { total, perAddress, isExempt = isLocal }: ConnectionLimits): void {
  const open = new Map<string, number>();
  server.maxConnections = total;
  server.on('connection', (socket: Socket) => {
    const source = sourceOf(socket.remoteAddress ?? 'unknown');
    if (isExempt(source)) return;
    const connections = (open.get(source) ?? 0) + 1;
    if (connections > perAddress) {
      socket.destroy();
      return;
    }
    open.set(source, connections);
    socket.once('close', () => {
      const left = (open.get(source) ?? 1) - 1;
      if (left > 0) open.set(source, left);
      else open.delete(source);
    });
  });
}
