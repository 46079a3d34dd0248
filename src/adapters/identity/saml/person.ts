// Who an assertion is about, in our words.
import type { ExternalIdentity } from '../../../domain/identity/external-identity.ts';
import type { SamlSettings } from '../../../domain/identity/provider-settings.ts';
import type { Assertion } from './assertion.ts';

export type Person =
  | { readonly outcome: 'identity'; readonly identity: ExternalIdentity }
  | { readonly outcome: 'refused'; readonly reason: string };

const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const MAX_TEXT = 256;

/** The identity, or why nobody can be known again by this assertion. `now` is when the provider was heard. */
export function personOf(assertion: Assertion, settings: SamlSettings, now: number): Person {
  const single = (attribute: string | undefined) => {
    const values = attribute === undefined ? [] : (assertion.attributes.get(attribute) ?? []);
    return values.length === 1 && isUsable(values[0]) ? values[0] : undefined;
  };
  const subject = subjectOf(assertion, settings, single);
  if (subject === undefined) return { outcome: 'refused', reason: subjectHint(settings) };
  const name = settings.nameAttribute === undefined ? assertion.nameId.value : single(settings.nameAttribute);
  if (!isUsable(name)) return { outcome: 'refused', reason: 'it has not exactly one name (hint: nameAttribute)' };
  const email = single(settings.emailAttribute);
  const groups = groupsOf(assertion, settings);
  return {
    outcome: 'identity',
    identity: { provider: settings.name, subject, name, ...(email !== undefined && { email }), groups, at: now },
  };
}

/** What never changes and is never used again: a persistent NameID, or the attribute that the operator says is so. */
function subjectOf(
  { nameId }: Assertion,
  { subjectAttribute }: SamlSettings,
  single: (attribute: string) => string | undefined,
): string | undefined {
  if (subjectAttribute !== undefined) return single(subjectAttribute);
  return nameId.format === PERSISTENT && isUsable(nameId.value) ? nameId.value : undefined;
}

function subjectHint({ subjectAttribute }: SamlSettings): string {
  return subjectAttribute === undefined
    ? 'its NameID is not persistent (hint: let the provider send format persistent, or name an attribute that never changes in subjectAttribute)'
    : 'it has not exactly one value of subjectAttribute';
}

function groupsOf({ attributes }: Assertion, { groupsAttribute, groups }: SamlSettings): readonly string[] {
  const theirs = attributes.get(groupsAttribute) ?? [];
  return [...new Set(theirs.flatMap((one) => (Object.hasOwn(groups, one) ? (groups[one] ?? []) : [])))].sort();
}

function isUsable(text: string | undefined): text is string {
  return text !== undefined && text !== '' && text.length <= MAX_TEXT && !/[\t\n\r]/.test(text);
}
