// How listen addresses are written; sizes and durations are the domain's (units.ts there).
import { isIPv4, isIPv6 } from 'node:net';
import type { ListenAddress } from './config.ts';

/** `127.0.0.1:8080`, `[::1]:0`, `localhost:2222`; `undefined` otherwise. The host must be written. */
export function parseListen(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text.trim());
  if (!match) return undefined;
  const [, v6, name] = match;
  const port = Number(match[3]);
  if (port > 65535) return undefined;
  if (v6 !== undefined) return isIPv6(v6) ? { host: v6, port } : undefined;
  // A dotted number that is no address (`256.1.1.1`, `127.1`) would be looked up as a name, or read as octal.
  if (name === undefined || (/^[0-9.]+$/.test(name) && !isIPv4(name))) return undefined;
  return { host: name, port };
}

/** `host:port`, an IPv6 address in brackets. */
export function formatListen(address: ListenAddress): string {
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}

/** True only for addresses that no other machine can reach; a name other than localhost is taken to be reachable. */
export function isLoopback(host: string): boolean {
  if (isIPv4(host)) return host.startsWith('127.');
  return host === '::1' || host.toLowerCase() === 'localhost';
}
