/** Signs that JSON may hold bare but a terminal or a browser acts on: C1 controls, line separators, direction marks. */
const ACTIVE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** JSON of a value that outsiders had a say in: the same value to any parser, and nothing in it acts on a terminal. */
export function jsonText(value: unknown, indent = 0): string {
  const escaped = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, undefined, indent).replace(ACTIVE, escaped);
}
