// What a signed assertion says, and whether it says it to us, now, and in answer to our request (saml-core 2.4, 2.5;
// saml-profiles 4.1.4.2 and 4.1.4.3). Pure: the clock is a number.
import type { XmlElement } from '../../../protocol/strict-xml.ts';
import { attributeOf, childrenNamed, malformed, onlyChild, requiredAttribute, textOf } from './elements.ts';

export interface Assertion {
  readonly id: string;
  readonly issuer: string;
  readonly issuedAt: number;
  readonly nameId: { readonly value: string; readonly format: string };
  /** Those of bearers; others let nobody in. */
  readonly confirmations: readonly Confirmation[];
  readonly notBefore?: number;
  readonly notOnOrAfter: number;
  /** We must be in each list. */
  readonly audiences: readonly (readonly string[])[];
  readonly sessionEnds: readonly number[];
  /** Values by name. One that is more than text is left out. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

export interface Confirmation {
  readonly recipient: string;
  readonly inResponseTo: string;
  readonly notBefore?: number;
  readonly notOnOrAfter: number;
}

export interface Expected {
  readonly now: number;
  readonly issuer: string;
  readonly audience: string;
  readonly callback: string;
  readonly requestId: string;
}

/** Milliseconds that a provider's clock may be off. */
export const CLOCK_SKEW = 60_000;
/** Of an assertion, however long its provider says it is good: it was made for the login that is under way. */
export const MAX_AGE = 10 * 60_000;

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const UNSPECIFIED = 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified';
/** xs:dateTime in UTC, as saml-core 1.3.3 wants it. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/** Reads an assertion whose shape was checked. Throws ProtocolError for what is missing or no time. */
export function readAssertion(root: XmlElement): Assertion {
  if (requiredAttribute(root, 'Version') !== '2.0') throw malformed('another version than SAML 2.0');
  const subject = onlyChild(root, 'assertion', 'Subject');
  const nameId = onlyChild(subject, 'assertion', 'NameID');
  const conditions = onlyChild(root, 'assertion', 'Conditions');
  return {
    id: requiredAttribute(root, 'ID'),
    issuer: textOf(onlyChild(root, 'assertion', 'Issuer')),
    issuedAt: instant(root, 'IssueInstant'),
    nameId: { value: textOf(nameId), format: attributeOf(nameId, 'Format') ?? UNSPECIFIED },
    confirmations: childrenNamed(subject, 'assertion', 'SubjectConfirmation').flatMap(readConfirmation),
    ...optionalInstant(conditions, 'NotBefore'),
    notOnOrAfter: instant(conditions, 'NotOnOrAfter'),
    audiences: childrenNamed(conditions, 'assertion', 'AudienceRestriction').map((one) =>
      childrenNamed(one, 'assertion', 'Audience').map(textOf),
    ),
    sessionEnds: childrenNamed(root, 'assertion', 'AuthnStatement')
      .filter((one) => attributeOf(one, 'SessionNotOnOrAfter') !== undefined)
      .map((one) => instant(one, 'SessionNotOnOrAfter')),
    attributes: readAttributes(root),
  };
}

function readConfirmation(confirmation: XmlElement): readonly Confirmation[] {
  if (requiredAttribute(confirmation, 'Method') !== BEARER) return [];
  const data = onlyChild(confirmation, 'assertion', 'SubjectConfirmationData');
  return [
    {
      recipient: requiredAttribute(data, 'Recipient'),
      inResponseTo: requiredAttribute(data, 'InResponseTo'),
      ...optionalInstant(data, 'NotBefore'),
      notOnOrAfter: instant(data, 'NotOnOrAfter'),
    },
  ];
}

function readAttributes(root: XmlElement): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const statement of childrenNamed(root, 'assertion', 'AttributeStatement')) {
    for (const attribute of childrenNamed(statement, 'assertion', 'Attribute')) {
      const name = requiredAttribute(attribute, 'Name');
      const values = childrenNamed(attribute, 'assertion', 'AttributeValue')
        .filter(({ children }) => children.every((child) => typeof child === 'string'))
        .map(textOf);
      found.set(name, [...(found.get(name) ?? []), ...values]);
    }
  }
  return found;
}

function instant(element: XmlElement, name: string): number {
  const value = requiredAttribute(element, name);
  const time = INSTANT.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw malformed(`${name} is no time in UTC`);
  return time;
}

function optionalInstant(element: XmlElement, name: 'NotBefore'): { readonly notBefore?: number } {
  return attributeOf(element, name) === undefined ? {} : { notBefore: instant(element, name) };
}

/** What stands against believing it; `undefined` = nothing. */
export function objectionTo(assertion: Assertion, expected: Expected): string | undefined {
  const { now } = expected;
  if (assertion.issuer !== expected.issuer) return 'it was issued by somebody else than idpIssuer names';
  if (!assertion.audiences.every((list) => list.includes(expected.audience))) return 'it is meant for another audience';
  if (isEarly(assertion.notBefore, now) || isEarly(assertion.issuedAt, now))
    return 'it is not valid yet (hint: compare the clocks)';
  const ends = [assertion.notOnOrAfter, assertion.issuedAt + MAX_AGE, ...assertion.sessionEnds];
  if (ends.some((end) => isOver(end, now))) return 'it has expired (hint: compare the clocks)';
  const objections = assertion.confirmations.map((one) => objectionToConfirmation(one, expected));
  if (objections.length === 0) return 'nothing in it lets its bearer in';
  return objections.includes(undefined) ? undefined : objections[0];
}

function objectionToConfirmation(one: Confirmation, { now, callback, requestId }: Expected): string | undefined {
  if (one.recipient !== callback) return 'it is meant for another recipient (hint: compare gateway.publicUrl)';
  if (one.inResponseTo !== requestId) return 'it answers another request';
  if (isEarly(one.notBefore, now)) return 'its bearer may not use it yet';
  return isOver(one.notOnOrAfter, now) ? 'its bearer may use it no longer' : undefined;
}

function isEarly(start: number | undefined, now: number): boolean {
  return start !== undefined && now + CLOCK_SKEW < start;
}

function isOver(end: number, now: number): boolean {
  return now - CLOCK_SKEW >= end;
}
