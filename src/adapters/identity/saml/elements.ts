// How elements of a SAML document are asked for what is in them. Whatever is not there as it should be is a ProtocolError.
import { ProtocolError } from '../../../protocol/errors.ts';
import type { XmlElement } from '../../../protocol/strict-xml.ts';

export const NAMESPACES = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
  encryption: 'http://www.w3.org/2001/04/xmlenc#',
  canonical: 'http://www.w3.org/2001/10/xml-exc-c14n#',
} as const;

export type Vocabulary = keyof typeof NAMESPACES;

/** What is refused as malformed. `message` never quotes the document. */
export function malformed(message: string): ProtocolError {
  return new ProtocolError('bad-saml', message);
}

export function is(element: XmlElement, vocabulary: Vocabulary, name: string): boolean {
  return element.name === name && element.namespace === NAMESPACES[vocabulary];
}

export function elementsIn(parent: XmlElement): readonly XmlElement[] {
  return parent.children.filter((child) => typeof child !== 'string');
}

export function childrenNamed(parent: XmlElement, vocabulary: Vocabulary, name: string): readonly XmlElement[] {
  return elementsIn(parent).filter((child) => is(child, vocabulary, name));
}

export function onlyChild(parent: XmlElement, vocabulary: Vocabulary, name: string): XmlElement {
  const [child, ...others] = childrenNamed(parent, vocabulary, name);
  if (child === undefined || others.length > 0) throw malformed(`${parent.name} without exactly one ${name}`);
  return child;
}

/** The text of an element that has nothing else in it, without space around it. */
export function textOf(element: XmlElement): string {
  if (elementsIn(element).length > 0) throw malformed(`${element.name} holds more than text`);
  return element.children.join('').trim();
}

export function attributeOf(element: XmlElement, name: string): string | undefined {
  return element.attributes.find((one) => one.namespace === '' && one.name === name)?.value;
}

export function requiredAttribute(element: XmlElement, name: string): string {
  const value = attributeOf(element, name);
  if (value === undefined) throw malformed(`${element.name} without ${name}`);
  return value;
}

/** An element and all below it. */
export function* everyElement(element: XmlElement): Generator<XmlElement> {
  yield element;
  for (const child of elementsIn(element)) yield* everyElement(child);
}
