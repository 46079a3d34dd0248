// Text of a push that is in no object, or not as such: names in trees, names of refs, push options. What is found in a
// name is shown with the name masked: the place would repeat it otherwise.
import { encodeBytes } from '../../../protocol/bytes.ts';
import { isZeroOid } from '../../../protocol/oid.ts';
import type { Finding, TextPlace } from '../../push/finding.ts';
import type { SecretFinding } from '../secret-scanner.ts';
import type { SecretSearch } from './search.ts';
import { secretFinding } from './secret-finding.ts';

interface Text {
  readonly where: TextPlace;
  readonly text: Buffer;
  readonly commit?: string;
  readonly prefix?: string;
}

const LF = 0x0a;

/** What is found in them. */
export async function scanLooseTexts(search: SecretSearch): Promise<readonly Finding[]> {
  const texts = textsOf(search);
  if (texts.length === 0) return [];
  // One to every other line: rules look at the next line, and names that happen to be neighbours say nothing about each
  // other. A name with line feeds in it would break the count, and stands alone.
  const joined = texts.filter(({ text }) => !text.includes(LF));
  const alone = texts.filter(({ text }) => text.includes(LF));
  const lines = Buffer.concat(joined.flatMap(({ text }) => [text, Buffer.of(LF, LF)]));
  const objects = [lines, ...alone.map(({ text }) => text)].map((bytes) => ({ bytes }));
  const [together, ...each] = await search.scanner.scanObjects(objects, search.signal);
  if (together === undefined || each.length !== alone.length) throw new Error('the scanner has not answered for all');
  return [
    ...together.findings.flatMap((finding) => findingIn(joined[(finding.line - 1) / 2], finding)),
    ...each.flatMap(({ findings }, at) => findings.flatMap((finding) => findingIn(alone[at], finding))),
  ];
}

function textsOf({ inspected, pushOptions }: SecretSearch): readonly Text[] {
  const refs = inspected.updates.filter(({ newOid }) => !isZeroOid(newOid));
  return [
    ...refs.map(({ refName }): Text => ({ where: 'ref name', text: encodeBytes(refName) })),
    ...pushOptions.map((option): Text => ({ where: 'push option', text: Buffer.from(option) })),
    ...inspected.introduced.names.map(({ commit, prefix, name }): Text => {
      const text = encodeBytes(name);
      return { where: 'file name', text, prefix, ...(commit !== undefined && { commit }) };
    }),
  ];
}

function findingIn(place: Text | undefined, found: SecretFinding): readonly Finding[] {
  if (place === undefined) throw new Error('the scanner names a line that there is not');
  const { where, text, commit, prefix } = place;
  const { line: _, column, ...finding } = secretFinding(found);
  const path = prefix === undefined ? undefined : prefix + withoutSecret(text, found);
  return [{ ...finding, where, ...(commit && { commit }), ...(path !== undefined ? { path } : column && { column }) }];
}

function withoutSecret(text: Buffer, { line, endLine, column, endColumn, masked }: SecretFinding): string {
  if (line !== endLine || line < 1) return masked;
  return text.toString('utf8', 0, column - 1) + masked + text.toString('utf8', endColumn);
}
