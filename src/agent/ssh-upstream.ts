// An upstream over ssh, where git's servers are stateful: one process that advertises first and then converses. The
// port is stateless, so each operation has a session of its own: the advertisement is read (and dropped, when nobody
// asked for it), then the whole request goes in, then its end, and what comes out is the answer. git's upload-pack
// works from the same request bytes as its stateless form; only a v0 request that ends without `done` makes it die at
// the end of its input, after it has said all that the stateless form says.
import { Readable } from 'node:stream';
import type { Service, UpstreamAnswer, UpstreamRequest } from '../domain/ports.ts';
import { decodeBytes, visibleText } from '../protocol/bytes.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { FLUSH } from '../protocol/pkt-line.ts';
import { AdvertisementReader } from './advertisement.ts';
import type { Credentials } from './credentials.ts';
import { type AnswerBody, answerBody, idleTimer, pump, readBeginning, UpstreamError } from './flow.ts';
import type { AgentLimits } from './limits.ts';
import type { AgentLog } from './log.ts';
import { createSshConnections, SshConnectError, type SshSession } from './ssh-connections.ts';
import { type ParsedTarget, shellQuote, sshPath } from './target.ts';
import { type RequestBody, saysNotFound, type Upstream } from './upstream.ts';

export interface SshUpstreamOptions {
  readonly target: ParsedTarget;
  readonly credentials: Credentials;
  readonly limits: AgentLimits;
  readonly log: AgentLog;
}

/** Fetch requests up to this size are read before a session is opened for them: one round trip less in a session. */
const REQUEST_BUFFER_BYTES = 1024 * 1024;
const MAX_STDERR_BYTES = 4096;
/** How long a server may take to end after its advertisement was read. */
const FAREWELL_MS = 5000;

/** One ssh upstream. */
export function createSshUpstream(options: SshUpstreamOptions): Upstream {
  const { target, credentials, limits, log } = options;
  const connections = createSshConnections(options);

  /** Always before the first byte of a request went out. */
  function unavailable(detail: string, operation: string): UpstreamAnswer {
    const clean = credentials.redact(detail);
    log.warn({ upstream: target.name, operation, detail: clean, sent: false }, 'upstream gave no answer');
    return { outcome: 'unavailable', detail: clean, sent: false };
  }

  interface Conversation {
    readonly service: Service;
    readonly request: UpstreamRequest;
    /** Absent: only the advertisement is wanted. */
    readonly body?: RequestBody;
    /** The dialect of the body, when it shows one. */
    readonly speaks?: 'v0' | 'v2';
  }

  async function openSession(asked: Conversation): Promise<SshSession | UpstreamAnswer> {
    const { service, request } = asked;
    const path = sshPath(target, request.address);
    if (path === undefined) {
      log.warn(
        { upstream: target.name, repo: visibleText(request.address.repo.slice(0, 200)) },
        'refused a path that names no repository',
      );
      return { outcome: 'not-found' };
    }
    const env: Record<string, string> = request.gitProtocol === undefined ? {} : { GIT_PROTOCOL: request.gitProtocol };
    try {
      return await connections.open(`${service} ${shellQuote(path)}`, env, request.signal);
    } catch (error) {
      if (!(error instanceof SshConnectError)) throw error;
      if (error.code === 'login') {
        if (target.credential !== undefined) credentials.forget(target.credential);
        log.error({ upstream: target.name, detail: error.message }, 'upstream refused our login');
        return { outcome: 'not-found' };
      }
      return unavailable(error.message, service);
    }
  }

  async function converse(asked: Conversation): Promise<UpstreamAnswer> {
    const opened = await openSession(asked);
    if ('outcome' in opened) return opened;
    const { channel } = opened;
    const { service, body } = asked;
    const { signal } = asked.request;
    const reader = new AdvertisementReader(limits.maxAdvertisementBytes);
    const stderr = collectText(channel.stderr);
    const request = body === undefined ? undefined : describeRequest();
    const answerHead = collectHead();
    let phase: 'advertisement' | 'answer' | 'over' = 'advertisement';
    let isSending = false;

    return new Promise((resolve) => {
      let answered = false;
      const settle = (answer: UpstreamAnswer) => {
        if (answered) return;
        answered = true;
        waiting.stop();
        resolve(answer);
      };
      const waiting = idleTimer(limits.advertiseTimeout, () =>
        refuse(`upstream ${target.name} did not advertise in time`),
      );
      const refuse = (detail: string) => {
        if (answered) return;
        end();
        settle(unavailable(detail, service));
      };
      const end = () => {
        phase = 'over';
        opened.abandon();
      };
      const answer: AnswerBody = answerBody({
        source: channel,
        idleTimeout: body === undefined ? limits.advertiseTimeout : limits.idleTimeout,
        isUpstreamsTurn: () => !isSending,
        abandon: end,
      });
      const breakOff = (error: Error) => {
        refuse(error.message);
        answer.fail(error);
        end();
      };
      const onAbort = () => {
        refuse('the request was cancelled');
        answer.body.destroy(new UpstreamError('cancelled'));
        end();
      };
      signal?.addEventListener('abort', onAbort, { once: true });

      const onAdvertisement = (chunk: Buffer) => {
        const part = reader.write(chunk);
        if (part.rest !== undefined && part.rest.length > 0) {
          throw new ProtocolError('trailing-bytes', 'bytes after the end of the advertisement');
        }
        if (body === undefined) {
          if (reader.version !== undefined) settle({ outcome: 'ok', body: answer.body });
          answer.push(part.bytes);
        }
        if (!reader.isDone) {
          // Once there is an answer, its body watches over the silence.
          if (!answered) waiting.start();
          return;
        }
        if (body === undefined) {
          phase = 'over';
          answer.finish();
          farewell();
        } else startRequest(body);
      };

      // The server waits for a request; v0 ends orderly at a flush, v2 at the end of its input.
      const farewell = () => {
        channel.end(reader.version === 2 ? undefined : FLUSH);
        const timer = setTimeout(() => opened.abandon(), FAREWELL_MS);
        channel.once('close', () => clearTimeout(timer));
        channel.resume();
      };

      const startRequest = (given: RequestBody) => {
        const server = reader.version === 2 ? 'v2' : 'v0';
        if (asked.speaks !== undefined && asked.speaks !== server) {
          // A v2 command would look like garbage to a v0 server, and the other way round. Servers that refuse the
          // GIT_PROTOCOL variable (sshd without AcceptEnv) answer v0, which the advertisement has told the client.
          breakOff(
            new UpstreamError(`upstream ${target.name} speaks protocol ${server}, the request is ${asked.speaks}`),
          );
          return;
        }
        phase = 'answer';
        isSending = true;
        settle({ outcome: 'ok', body: answer.body });
        pump({
          source: given.stream,
          sink: channel,
          socket: opened.socket,
          idleTimeout: limits.idleTimeout,
          ...(given.length !== undefined && { length: given.length }),
          onBytes: (chunk) => request?.onBytes(chunk),
        }).then(
          () => {
            isSending = false;
            channel.end();
          },
          (error: Error) => {
            // When the server went first, its own end (below) says more.
            if (phase === 'answer') breakOff(error);
          },
        );
      };

      channel.on('data', (chunk: Buffer) => {
        if (phase === 'over') return;
        if (phase === 'answer') {
          answerHead.add(chunk);
          answer.push(chunk);
          return;
        }
        try {
          onAdvertisement(chunk);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          onMalformed(error);
        }
      });

      const onMalformed = (error: ProtocolError) => {
        if (error.code === 'upstream-err' && !answered && saysNotFound(error.detail ?? '')) {
          log.info(
            { upstream: target.name, said: cleanText(error.detail ?? '') },
            'upstream does not know this repository',
          );
          end();
          settle({ outcome: 'not-found' });
          return;
        }
        const said = error.code === 'upstream-err' ? `: ${cleanText(error.detail ?? '')}` : '';
        breakOff(new UpstreamError(`upstream ${target.name}: ${error.message}${said}`, { cause: error }));
      };

      channel.once('close', (code?: number | null, signalName?: string) => {
        signal?.removeEventListener('abort', onAbort);
        const words = cleanText(stderr.text());
        if (words !== '') log.debug({ upstream: target.name, service, stderr: words }, 'upstream wrote to stderr');
        if (phase === 'over') return;
        const how = describeEnd(code, signalName, words, opened.isLost());
        if (phase === 'advertisement') {
          phase = 'over';
          if (!opened.isLost() && reader.version === undefined && saysNotFound(words)) {
            log.info({ upstream: target.name, said: words }, 'upstream does not know this repository');
            settle({ outcome: 'not-found' });
          }
          refuse(`upstream ${target.name} ${how} before the end of its advertisement`);
          answer.fail(new UpstreamError(`upstream ${target.name} ${how} before the end of its advertisement`));
          return;
        }
        phase = 'over';
        if (!opened.isLost() && isWhole(code)) answer.finish();
        else
          answer.fail(
            new UpstreamError(credentials.redact(`upstream ${target.name} ${how} in the middle of its answer`)),
          );
      });

      /** Did the server say everything, going by its exit status? */
      const isWhole = (code: number | null | undefined): boolean => {
        if (code === 0) return true;
        if (typeof code !== 'number' || service !== 'git-upload-pack') return false;
        // Its refusal (`ERR …`) is an answer, and it exits with 128 after it.
        if (answerHead.isError()) return true;
        // A v0 round of negotiation ends with a flush: the process dies of the missing next round, as it should.
        return asked.speaks !== 'v2' && request?.endsWithFlush() === true;
      };

      waiting.start();
      if (signal?.aborted) onAbort();
    });
  }

  function cleanText(text: string): string {
    return credentials.redact(visibleText(text.trim())).slice(0, 500);
  }

  return {
    advertise: (service, request) => converse({ service, request }),

    async uploadPack(request, body) {
      const read = await readBeginning(body.stream, REQUEST_BUFFER_BYTES).catch(() => undefined);
      if (read === undefined) return unavailable('the request body broke off', 'git-upload-pack');
      const stream = Buffer.isBuffer(read.whole) ? Readable.from([read.whole], { objectMode: false }) : read.whole;
      const speaks = dialectOf(read.beginning);
      return converse({ service: 'git-upload-pack', request, body: { stream }, ...(speaks && { speaks }) });
    },

    receivePack: (request, body) => converse({ service: 'git-receive-pack', request, body, speaks: 'v0' }),

    async check() {
      try {
        await connections.check();
        return { ok: true, text: `${target.host} accepts our login, and its host key is pinned` };
      } catch (error) {
        if (!(error instanceof SshConnectError)) throw error;
        return { ok: false, text: error.message };
      }
    },

    close: () => connections.close(),
  };
}

/** v2 requests begin with `command=` (gitprotocol-v2, "Command Request"), v0 ones with `want`; a bare flush is either. */
function dialectOf(beginning: Buffer): 'v0' | 'v2' | undefined {
  if (beginning.length <= FLUSH.length) return undefined;
  return beginning.toString('latin1', 4, 12) === 'command=' ? 'v2' : 'v0';
}

/** Follows the end of a request: only its last bytes tell whether more would follow in a stateful conversation. */
function describeRequest() {
  let tail: Buffer = Buffer.alloc(0);
  return {
    onBytes(chunk: Buffer) {
      tail = chunk.length >= FLUSH.length ? chunk.subarray(-FLUSH.length) : Buffer.concat([tail, chunk]).subarray(-4);
    },
    endsWithFlush: () => tail.equals(FLUSH),
  };
}

/** The first bytes of an answer: is it an `ERR` packet (gitprotocol-pack, "pkt-line Format")? */
function collectHead() {
  let head = '';
  return {
    add(chunk: Buffer) {
      if (head.length < 8) head += chunk.toString('latin1', 0, 8 - head.length);
    },
    isError: () => /^[0-9a-f]{4}ERR $/i.test(head),
  };
}

/** Keeps the first bytes of a stream and drops the rest: it must be read, or the whole channel stalls. */
function collectText(stream: Readable): { text(): string } {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    if (bytes < MAX_STDERR_BYTES) chunks.push(chunk.subarray(0, MAX_STDERR_BYTES - bytes));
    bytes += chunk.length;
  });
  stream.on('error', () => {});
  return { text: () => decodeBytes(Buffer.concat(chunks)) };
}

function describeEnd(
  code: number | null | undefined,
  signalName: string | undefined,
  words: string,
  isLost: boolean,
): string {
  const said = words === '' ? '' : ` (${words.split('\\x0a').at(-1)})`;
  if (isLost || code === undefined) return `broke off${said}`;
  if (code === null) return `was killed by ${visibleText((signalName ?? 'a signal').slice(0, 20))}${said}`;
  return `exited with status ${code}${said}`;
}
