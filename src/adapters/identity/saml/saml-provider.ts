// SAML 2.0 login (web browser SSO: request by redirect, answer by POST) as a LoginProvider. @node-saml/node-saml makes the
// request and verifies and decrypts the answer; before it sees one, response.ts has refused whatever could be read in two
// ways, and only the text that it hands back as signed is read for who somebody is. Times are judged by our clock.
// Library, certificates and keys are loaded when somebody logs in: a broken provider keeps nobody else out.
import { randomBytes } from 'node:crypto';
import type {
  FinishedLogin,
  LoginProvider,
  ProviderAnswer,
  ProviderUnavailable,
} from '../../../domain/identity/login-provider.ts';
import type { SamlSettings } from '../../../domain/identity/provider-settings.ts';
import type { AssertionLedger, Clock } from '../../../domain/ports.ts';
import { ProtocolError } from '../../../protocol/errors.ts';
import { CLOCK_SKEW, MAX_AGE, objectionTo } from './assertion.ts';
import { certificatesAt, readCertificateFile } from './certificates.ts';
import type { KeyPair } from './key-pair.ts';
import { authorizeUrl, type SamlKeys, serviceMetadata, verifiedAssertion } from './node-saml.ts';
import { personOf } from './person.ts';
import { decodeResponse, type ResponseFrame, readFrame } from './response.ts';

export interface SamlParts {
  /** Without a slash at the end. Known once the door is open. */
  publicUrl(): string;
  readonly ledger: AssertionLedger;
  readonly clock: Clock;
  /** Signs our requests; absent = they are not signed. */
  readonly readSigning?: () => Promise<KeyPair>;
  /** Decrypts assertions; absent = encrypted ones are refused. */
  readonly readDecryption?: () => Promise<KeyPair>;
}

type Refused = Extract<FinishedLogin, { outcome: 'refused' }>;
const refused = (reason: string): Refused => ({ outcome: 'refused', reason });
const unavailable = (reason: string): ProviderUnavailable => ({ outcome: 'unavailable', reason });

export function openSaml(settings: SamlSettings, parts: SamlParts): LoginProvider {
  const { name } = settings;
  const about = (callback: string) => ({ settings, callback, issuer: settings.issuer ?? parts.publicUrl() });

  async function keys(): Promise<SamlKeys> {
    const [signing, decryption] = await Promise.all([parts.readSigning?.(), parts.readDecryption?.()]);
    return { ...(signing && { signing }), ...(decryption && { decryption }) };
  }

  return {
    name,

    async begin({ state, callback }) {
      const id = `_${randomBytes(20).toString('hex')}`;
      try {
        return { outcome: 'redirect', url: await authorizeUrl(about(callback), await keys(), { id, state }), kept: id };
      } catch {
        return unavailable('its keys of ours cannot be read');
      }
    },

    async finish(answer) {
      const service = about(answer.callback);
      let trusted: readonly string[];
      let ours: SamlKeys;
      try {
        trusted = certificatesAt(await readCertificateFile(settings.idpCertificate), parts.clock.now());
        ours = await keys();
      } catch {
        return unavailable('the file idpCertificate, or a key of ours, cannot be read');
      }
      if (trusted.length === 0)
        return unavailable('no certificate of idpCertificate is valid now (hint: add the new one)');
      try {
        return await finishLogin({ ...parts, ...service, keys: ours, trusted }, answer);
      } catch (error) {
        if (error instanceof ProtocolError) return refused(`the response is refused: ${error.message}`);
        throw error;
      }
    },

    async metadata() {
      const body = await serviceMetadata(about(`${parts.publicUrl()}/login/callback/${name}`), await keys());
      return { contentType: 'application/samlmetadata+xml', body };
    },
  };
}

interface Finishing extends Pick<SamlParts, 'ledger' | 'clock'> {
  readonly settings: SamlSettings;
  readonly callback: string;
  readonly issuer: string;
  readonly keys: SamlKeys;
  readonly trusted: readonly string[];
}

async function finishLogin(finishing: Finishing, { form, state, kept }: ProviderAnswer): Promise<FinishedLogin> {
  const { settings, callback, issuer, ledger, clock } = finishing;
  const field = form?.['SAMLResponse'];
  if (field === undefined) return refused('no response was posted');
  if (form?.['RelayState'] !== state) return refused('the response belongs to another login');
  const text = decodeResponse(field);
  const frame = readFrame(text);
  const objection = objectionToFrame(frame, finishing, kept);
  if (objection !== undefined) return refused(objection);
  const assertion = await verifiedAssertion(text, frame, finishing);
  if (assertion === undefined)
    return refused('its signature is not by a certificate of idpCertificate, or not over this');
  const now = clock.now();
  const expected = { now, issuer: settings.idpIssuer, audience: issuer, callback, requestId: kept };
  const fault = objectionTo(assertion, expected);
  if (fault !== undefined) return refused(`the assertion is refused: ${fault}`);
  const person = personOf(assertion, settings, now);
  if (person.outcome === 'refused') return refused(`the assertion is refused: ${person.reason}`);
  // Last, so that nobody uses up an assertion that was not theirs to use. Beyond this time its age alone refuses it.
  const isFirst = await ledger.use(settings.name, assertion.id, assertion.issuedAt + MAX_AGE + CLOCK_SKEW);
  return isFirst ? person : refused('the assertion was used before');
}

/** What is outside the signature proves nothing, but what contradicts it is no answer to us. */
function objectionToFrame(
  frame: ResponseFrame,
  { settings, callback, keys }: Finishing,
  requestId: string,
): string | undefined {
  if (frame.inResponseTo !== requestId) return 'the response answers another request';
  if (frame.destination !== undefined && frame.destination !== callback) {
    return 'the response is meant for another address (hint: compare gateway.publicUrl)';
  }
  if (frame.issuer !== undefined && frame.issuer !== settings.idpIssuer) {
    return 'the response was issued by somebody else than idpIssuer names';
  }
  if (!frame.isSuccess || frame.assertion === undefined) return 'the provider let nobody in';
  if (frame.assertion === 'encrypted' && keys.decryption === undefined) {
    return 'the assertion is encrypted (hint: configure decryption, or let the provider send it in the open)';
  }
  return undefined;
}
