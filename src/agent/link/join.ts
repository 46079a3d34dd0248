// Joining: once, with a join token, for a certificate. The token is shown to nobody but the gateway whose pin it carries.

import { createHash, X509Certificate } from 'node:crypto';
import { type RequestOptions, request } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type JoinTokenText, parseJoinToken } from '../../domain/join-token.ts';
import { PROOF_LABEL, parseJoinAnswer } from '../../protocol/agent-link.ts';
import { visibleText } from '../../protocol/bytes.ts';
import { connectToJoin, DialError, fetchAuthority, type GatewayPlace, pinOf, placeOf } from './connect.ts';
import { IdentityError, isCertificateFor, type LinkIdentity, newKey, proveKey } from './identity.ts';

const MAX_ANSWER_BYTES = 64 * 1024;
const TIMEOUT_MS = 20_000;

export interface JoinOptions {
  readonly place: GatewayPlace;
  readonly token: string;
  /** From the configuration, if it is there: then the token's must be the same. */
  readonly pin?: string;
  /** What the configuration says this agent is called. */
  readonly name: string;
  readonly version: string;
}

/** Joins. Throws IdentityError for what its operator has to mend, DialError for what may pass. */
export async function joinGateway({ place, token, pin, name, version }: JoinOptions): Promise<LinkIdentity> {
  const parsed = parseJoinToken(token);
  if (parsed === undefined) {
    throw new IdentityError(
      'the join token is not whole; hint: `sallyport agent-token create NAME` on the gateway prints one',
    );
  }
  if (pin !== undefined && pin !== parsed.pin) {
    throw new IdentityError('the join token is for another gateway than agent.pin says');
  }
  const authority = await fetchAuthority(place, parsed.pin);
  const key = await newKey();
  const socket = await connectToJoin(place, authority);
  const proof = proveKey(key, socket.exportKeyingMaterial(32, PROOF_LABEL, Buffer.alloc(0)));
  const answer = await ask(socket, place, { ...proof, token: parsed.secret, version });
  if (!isCertificateFor(answer.certificate, key.privateKey, authority)) {
    throw new DialError(`${placeOf(place)} answered with a certificate that is not for our key`, true);
  }
  if (answer.name !== name) {
    throw new IdentityError(
      `the join token is for an agent called ${visibleText(answer.name)}, and agent.name is ${name}: make them the same (the token is used up; hint: sallyport agent-token create)`,
    );
  }
  return {
    agent: answer.agent,
    name,
    key: key.privateKey,
    certificate: answer.certificate,
    authority,
    joinedWith: digestOfToken(parsed),
  };
}

export function digestOfToken(token: JoinTokenText): string {
  return createHash('sha256').update(`${token.secret}.${token.pin}`).digest('hex');
}

/** What the gateway says the time is (milliseconds), asked without a certificate. Throws DialError. */
export async function gatewayTime(place: GatewayPlace, authority: string): Promise<number> {
  const socket = await connectToJoin(place, authority);
  const text = await exchange(socket, place, { method: 'GET', path: '/time' });
  const time = Number(/^\{"now":(\d{1,15})\}$/.exec(text)?.[1] ?? Number.NaN);
  if (Number.isNaN(time)) throw new DialError(`${placeOf(place)} does not say what the time is`);
  return time;
}

/** Whether an authority (PEM) is the pinned one. */
export function isPinned(authority: string, pin: string): boolean {
  return pinOf(new X509Certificate(authority)) === pin;
}

async function ask(socket: TLSSocket, place: GatewayPlace, body: unknown) {
  const text = await exchange(socket, place, { method: 'POST', path: '/join' }, JSON.stringify(body));
  const answer = parseJoinAnswer(text);
  if (answer === undefined) throw new DialError(`${placeOf(place)} gave an answer of another version`);
  return answer;
}

function exchange(socket: TLSSocket, place: GatewayPlace, options: RequestOptions, body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new DialError(`${placeOf(place)} ${why}`));
    const sent = request({
      ...options,
      createConnection: () => socket,
      headers: { host: 'gateway', 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    sent.setTimeout(TIMEOUT_MS, () => sent.destroy());
    sent.once('error', () => fail('broke off before it answered'));
    sent.once('close', () => fail('closed the connection without an answer'));
    sent.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        if (text.length > MAX_ANSWER_BYTES) sent.destroy();
      });
      response.once('end', () => {
        socket.destroy();
        if (response.statusCode === 200) resolve(text);
        else if (response.statusCode === 503) fail('cannot look at join tokens now');
        else reject(new IdentityError(`the gateway refused: ${visibleText(text.slice(0, 300)).trim()}`));
      });
    });
    sent.end(body);
  });
}
