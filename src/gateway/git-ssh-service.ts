// What the SSH door's sessions are served: the same conversations as over HTTP, on one lasting channel.
import { advertiseReceivePack, refusalText } from '../conversation/advertise.ts';
import type { Denials } from '../conversation/denials.ts';
import type { Gate } from '../conversation/gate.ts';
import { openRepository } from '../conversation/open-repository.ts';
import { ClientGoneError } from '../conversation/read-commands.ts';
import { receivePush } from '../conversation/receive-push.ts';
import { serveFetchSession } from '../conversation/serve-fetch.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { encodePkt } from '../protocol/pkt-line.ts';
import type { SshGitSession } from './ssh-door/session.ts';

/** Exit status of git's own programs after a fatal error. */
const FATAL = 128;

/** Serves one session to its end; resolves with its exit status. 0 whenever a report was sent, whatever it says. */
export async function serveGitOverSsh(gate: Gate, denials: Denials, session: SshGitSession): Promise<number> {
  const { principal, repo } = session;
  const right = session.service === 'git-receive-pack' ? 'push' : 'read';
  const address = openRepository({ gate, denials }, principal, right, repo);
  // In place of the advertisement, so that git shows it as the remote's error.
  if (address === undefined) {
    session.output.write(encodePkt('ERR repository not found'));
    return FATAL;
  }
  try {
    if (session.service === 'git-upload-pack') {
      const { gitProtocol, input, output, signal } = session;
      const fetcher = { address, principal, input, output, signal };
      return await serveFetchSession(gate, gitProtocol === undefined ? fetcher : { ...fetcher, gitProtocol });
    }
    const advertised = await advertiseReceivePack(gate, address, session.signal);
    if (advertised.outcome !== 'ok') {
      session.output.write(encodePkt(`ERR ${refusalText(advertised)}`));
      return FATAL;
    }
    session.output.write(advertised.bytes);
    await receivePush(gate, {
      principal,
      address,
      input: session.input,
      output: session.output,
      endsWithPack: false,
      ...(advertised.advertisement === undefined
        ? {}
        : { shown: { advertisement: advertised.advertisement, at: gate.clock.now() } }),
      signal: session.signal,
    });
    return 0;
  } catch (error) {
    if (error instanceof ClientGoneError || session.signal.aborted) return FATAL;
    if (error instanceof ProtocolError) {
      gate.log.info({ repo: repo.repo, principal: principal.name, code: error.code }, 'malformed request');
      session.errors.write(`sallyport: malformed request: ${gate.mask.text(error.message)}\n`);
      return FATAL;
    }
    gate.log.error({ repo: repo.repo, principal: principal.name, error }, 'git session failed');
    session.errors.write('sallyport: internal error\n');
    return FATAL;
  }
}
