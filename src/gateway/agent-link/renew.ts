// Another certificate before one ends: over the link, for a key that the agent makes for it. The old one holds until the
// new one is used, so an agent that stops anywhere in between still has one that is good.
import type { KnownCertificate } from '../../domain/enrolment.ts';
import { PROOF_LABEL, parseKeyProof } from '../../protocol/agent-link.ts';
import { isProven } from './join.ts';
import type { LinkServerOptions } from './link-server.ts';
import type { Tunnel } from './tunnel.ts';

/** Renewed when this part of its life is left. */
const PART_LEFT = 1 / 3;

const underWay = new WeakSet<Tunnel>();

export async function renewWhenDue(options: LinkServerOptions, known: KnownCertificate, tunnel: Tunnel): Promise<void> {
  const { agents, authority, clock, certificateLife: life, log } = options;
  const { agent } = known;
  // The latest counts: several links stand on one certificate, and one renewal is enough.
  const left = agent.certificateExpiresAt - clock.now();
  if (left > life * PART_LEFT || agent.certificateExpiresAt !== known.expiresAt || underWay.has(tunnel)) return;
  underWay.add(tunnel);
  try {
    const { status, text } = await tunnel.exchange({ operation: 'certificate-request' });
    const key = status === 200 ? parseKeyProof(text) : undefined;
    const binding = tunnel.socket.exportKeyingMaterial(32, PROOF_LABEL, Buffer.alloc(0));
    if (key === undefined || !isProven(key, binding)) throw new Error('the agent proved no key of its own');
    const { pem, ...certificate } = authority.issue({ id: agent.id, publicKey: key.publicKey, now: clock.now(), life });
    const body = {
      agent: agent.id,
      name: agent.name,
      certificate: certificate.fingerprint,
      until: certificate.expiresAt,
    };
    if (!(await agents.addCertificate(agent.id, certificate, { type: 'agent.renewed', body }))) return;
    const taken = await tunnel.exchange({ operation: 'certificate' }, pem);
    log.info({ agent: agent.name, isKept: taken.status === 204 }, 'a certificate was renewed');
  } finally {
    underWay.delete(tunnel);
  }
}
