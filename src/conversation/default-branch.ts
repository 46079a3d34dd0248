// What the upstream's HEAD points at. Push advertisements have no HEAD, so its fetch side is asked.
import { Readable } from 'node:stream';
import type { RepoAddress } from '../domain/push/push.ts';
import { type Advertisement, isV2, parseAdvertisement } from '../protocol/advertisement.ts';
import type { Oid } from '../protocol/oid.ts';
import { formatV2LsRefs, parseLsRefs } from '../protocol/upload-pack.ts';
import { collect, MAX_ADVERTISEMENT_BYTES } from './collect.ts';
import type { Gate } from './gate.ts';

/** The commit of the default branch; `undefined` for an empty repository. Throws when the upstream cannot be asked. */
export async function defaultBranch(
  gate: Pick<Gate, 'agent'>,
  address: RepoAddress,
  advertisement: Advertisement,
): Promise<Oid | undefined> {
  if (advertisement.refs.length === 0) return undefined;
  const offered = await gate.agent.advertise('git-upload-pack', { address, gitProtocol: 'version=2' });
  if (offered.outcome !== 'ok') throw new Error(`the upstream does not say what its HEAD is (${offered.outcome})`);
  const bytes = await collect(offered.body, MAX_ADVERTISEMENT_BYTES);
  if (!isV2(bytes)) return parseAdvertisement(bytes).refs.find((ref) => ref.name === 'HEAD')?.oid;
  const request = formatV2LsRefs({
    prefixes: ['HEAD'],
    symrefs: true,
    ...(advertisement.objectFormat === 'sha1' ? {} : { objectFormat: advertisement.objectFormat }),
  });
  const answer = await gate.agent.uploadPack({
    address,
    gitProtocol: 'version=2',
    body: Readable.from([request], { objectMode: false }),
  });
  if (answer.outcome !== 'ok') throw new Error(`the upstream does not say what its HEAD is (${answer.outcome})`);
  const refs = parseLsRefs(await collect(answer.body, MAX_ADVERTISEMENT_BYTES), advertisement.objectFormat);
  return refs.find((ref) => ref.name === 'HEAD')?.oid;
}
