// Terraform keeps every attribute of every resource in its state, secrets in the clear.
import { stated } from '../build/stated.ts';
import { NAMED_FILES } from '../named-files.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const vendor = 'Terraform';
const url = 'https://developer.hashicorp.com/terraform/language/state/sensitive-data';
const remedy = 'Change the secrets in it, move the state to a remote backend and take the file out of the history.';
const LOOK_BACK = 4000;
const OUTPUT_REACH = 1500;
const NAMES_REACH = 2000;

export const terraformStateRules: readonly SecretRule[] = [
  {
    id: 'terraform-state-secret',
    vendor,
    title: 'Sensitive value in a Terraform state',
    severity: 'high',
    url,
    remedy,
    anchors: [{ text: '"sensitive_attributes"' }, { text: '"sensitive": true' }],
    check: (bytes, start, end, reading) =>
      bytes[end - 1] === QUOTE ? attributes(reading, start, end) : output(reading, start, end),
  },
  {
    id: 'terraform-state-file',
    vendor,
    title: 'Terraform state',
    severity: 'low',
    url,
    remedy,
    anchors: [],
    atStart: true,
    keepsPlaceholders: true,
    check: (_bytes, _start, _end, reading) =>
      NAMED_FILES.terraformState.test(reading.path) ? version(reading) : undefined,
  },
];

const QUOTE = 0x22;

/** The attributes that the list after it names, in the object before it: `[[{"type": "get_attr", "value": "password"}]]`. */
function attributes(reading: Reading, start: number, end: number): Candidate[] {
  const list = listIn(reading.text(end, Math.min(reading.to, end + NAMES_REACH)));
  const names = [...list.matchAll(/"value":\s*"(\w{1,64})"/g)].map((one) => one[1] as string);
  const from = Math.max(reading.from, start - LOOK_BACK);
  const before = reading.text(from, start);
  return [...new Set(names)].flatMap((name) => attributeIn(before, from, name) ?? []);
}

/** Up to the bracket that closes the first one; a list cut short counts as far as it goes. */
function listIn(text: string): string {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '[') depth++;
    if (text[at] === ']' && --depth <= 0) return text.slice(0, at);
  }
  return text;
}

/** Both `"value"` and `"sensitive"` stand in one object of the outputs. */
function output(reading: Reading, start: number, end: number): Candidate | undefined {
  const from = Math.max(reading.from, start - OUTPUT_REACH);
  const before = reading.text(from, start);
  const open = before.lastIndexOf('{');
  const after = reading.text(end, Math.min(reading.to, end + OUTPUT_REACH)).split(/[{}]/)[0] as string;
  const object = before.slice(open) + after;
  return /"type":/.test(object) ? attributeIn(before.slice(open), from + open, 'value') : undefined;
}

function attributeIn(text: string, from: number, name: string): Candidate | undefined {
  const at = text.lastIndexOf(`"${name}":`);
  const found = at < 0 ? null : /^"\w+":\s*"([^"\\]+)"/.exec(text.slice(at));
  if (found === null) return undefined;
  const password = found[1] as string;
  if (/^[a-z]+:\/\//.test(password)) return undefined;
  return stated({ start: from + at + found[0].length - 1 - password.length, password });
}

function version(reading: Reading): Candidate | undefined {
  const head = reading.text(reading.from, Math.min(reading.to, reading.from + LOOK_BACK));
  const found = /"terraform_version":\s*"[\w.-]+"/.exec(head);
  if (found === null || !head.includes('"serial"')) return undefined;
  const start = reading.from + found.index;
  return { start, end: start + found[0].length, certainty: 'certain' };
}
