// Names, places and forms of generic assignments; whole files are in the fixtures of generic-password and generic-secret.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assignmentAt } from '../../../src/domain/secrets/generic/assignment.ts';
import { type NameKind, nameKind } from '../../../src/domain/secrets/generic/names.ts';
import { gradePassword } from '../../../src/domain/secrets/generic/password.ts';
import { barePlace } from '../../../src/domain/secrets/generic/place.ts';
import { gradeUrlPassword } from '../../../src/domain/secrets/generic/url-credentials.ts';
import { Reading } from '../../../src/domain/secrets/reading.ts';

const NAMES: readonly [name: string, kind: NameKind | undefined][] = [
  ['DB_PASSWORD', 'password'],
  ['dbPassword', 'password'],
  ['spring.datasource.password', 'password'],
  ['mysqlpassword', 'password'],
  ['ROOT_PWD_PROD', 'password'],
  ['apiKey', 'secret'],
  ['X-Api-Key', 'secret'],
  ['AWS_SECRET_ACCESS_KEY', 'secret'],
  ['secret_key_base', 'secret'],
  ['clientsecret', 'secret'],
  ['GITHUB_TOKEN_2', 'secret'],
  ['key', undefined],
  ['primaryKey', undefined],
  ['publicKey', undefined],
  ['tokenUrl', undefined],
  ['token_type', undefined],
  ['secretName', undefined],
  ['passwordField', undefined],
  ['password_hash', undefined],
  ['csrfToken', undefined],
  ['WIFI_PSK', 'password'],
  ['adminpass', 'password'],
  ['MATCH_PASSWORD', 'password'],
  ['OPENAI_KEY', 'secret'],
  ['vendorKey', undefined],
  ['siteKey', undefined],
  ['nextPageToken', undefined],
  ['compass', undefined],
  ['bypass', undefined],
  ['author', undefined],
  ['keyboard', undefined],
];

suite('what a name promises', () => {
  for (const [name, kind] of NAMES) test(`${name}: ${kind ?? 'nothing'}`, () => assert.equal(nameKind(name), kind));
});

/** What is assigned to the first `pass` in a text, with how it stands there; undefined if nothing is. */
function assigned(text: string, path?: string): string | undefined {
  const reading = new Reading();
  reading.open(Buffer.from(text), 0, text.length, path);
  const at = text.indexOf('pass');
  const found = assignmentAt(reading, at, at + 4);
  if (found === undefined) return undefined;
  const place = found.form !== 'bare' || barePlace(reading, found);
  if (place === false || (place !== true && !reading.isOf(place))) return undefined;
  return `${found.form} ${text.slice(found.start, found.end)}`;
}

const ASSIGNMENTS: readonly [text: string, found: string | undefined][] = [
  ['password = "v1"', 'quoted v1'],
  ["password='v1'", 'quoted v1'],
  ['"password": "v1"', 'quoted v1'],
  ['{\\"password\\":\\"v1\\"}', 'quoted v1'],
  ["$a['password'] = 'v1';", 'quoted v1'],
  ['password := `v1`', 'quoted v1'],
  ["'password' => 'v1',", 'quoted v1'],
  ['const pass: string = "v1"', 'quoted v1'],
  ['password =\n    "v1"', 'quoted v1'],
  ['password = r"v1"', 'quoted v1'],
  ['setpass("v1")', 'quoted v1'],
  ['put("pass", "v1")', 'quoted v1'],
  ["define( 'pass', 'v1' )", 'quoted v1'],
  ['["pass", "v1"]', undefined],
  ['<pass>v1</pass>', 'element v1'],
  ['<pass kind="x">v1</pass>', 'element v1'],
  ['<add key="pass" value="v1"/>', 'quoted v1'],
  ['- name: pass\n  value: "v1"', 'quoted v1'],
  ['pass=v1', 'bare v1'],
  ['export pass=v1 # why', 'bare v1'],
  ['  pass: v1\n', 'bare v1'],
  ['-- pass=v1', undefined],
  ['run --pass v1 --more', 'bare v1'],
  ['https://h/?pass=v1&x=2', 'bare v1'],
  ['Server=a;pass=v1;Encrypt=true', 'bare v1'],
  ['a.pass || "v1"', 'quoted v1'],
  ['a.pass ?? "v1"', 'quoted v1'],
  ['a.pass ||= "v1"', 'quoted v1'],
  ['pass string = "v1"', 'quoted v1'],
  ['pass: &\'static str = "v1"', 'quoted v1'],
  ['pass: String::from("v1")', 'quoted v1'],
  ['pass { get; set; } = "v1"', 'quoted v1'],
  ['variable "pass" {\n  default = "v1"\n}', 'quoted v1'],
  ['<s name="pass">v1</s>', 'element v1'],
  ['f("String", "pass", "\\"v1\\"")', 'quoted v1'],
  ['run --pass=v1 --more', 'bare v1'],
  ['"a\\npass=v1\\nb"', 'bare v1'],
  ['"x-pass: v1"', 'bare v1'],
  ['pass <- "v1"', 'quoted v1'],
  ['pass < "v1"', undefined],
  ['{:pass "v1"}', 'quoted v1'],
  ['#define pass "v1"', 'quoted v1'],
  ['#define pass v1', 'bare v1'],
  ['ENV pass v1\n', 'bare v1'],
  ['  pass "v1"', 'quoted v1'],
  ['a pass "v1"', undefined],
  ['Const pass As String = "v1"', 'quoted v1'],
  ["WITH pass = N'v1'", 'quoted v1'],
  ['$pass = ConvertTo-SecureString "v1" -AsPlainText', 'quoted v1'],
  ['<key>pass</key>\n\t<string>v1</string>', 'element v1'],
  ['<key>pass</key>\n\t<true/>', undefined],
  ['{ "key": "pass", "value": "v1" }', 'quoted v1'],
  ['- name: pass\n  value: v1\n', 'bare v1'],
  [['$', '{pass:-v1}'].join(''), 'bare v1'],
  [['$', '{pass:=v1}'].join(''), 'bare v1'],
  [['$', '{pass:?v1}'].join(''), undefined],
  ['{pass:-v1}', undefined],
  ['postgresql::server::pass: v1\n', 'bare v1'],
  ['["--pass", "v1"]', 'quoted v1'],
  ['java -Dmail.pass=v1 -jar a.jar', 'bare v1'],
  ['helm upgrade --set auth.pass=v1 app', 'bare v1'],
  ['a pass=v1 b', undefined],
  ['pass || v1', undefined],
  ['pass = v1;', undefined],
  ['f(pass=v1)', undefined],
  ['x = { pass: v1 }', undefined],
  ['pass = "v1', undefined],
  ['pass = "v1\n"', undefined],
  ['std::pass::v1', undefined],
  ['pass', undefined],
];

suite('what is assigned', () => {
  for (const [text, found] of ASSIGNMENTS) {
    test(JSON.stringify(text), () => assert.equal(assigned(text), found));
  }
});

const IN_FILES: readonly [path: string, text: string, found: string | undefined][] = [
  ['values.yaml', 'auth: {user: ops, pass: v1}', 'bare v1'],
  ['values.js', 'auth = {user: ops, pass: v1}', undefined],
  ['NOTES.md', '- db: user=app, pass=v1', 'bare v1'],
  ['NOTES.md', 'the **panel** pass: v1\n', 'bare v1'],
  ['notes.js', 'the panel pass: v1\n', undefined],
  ['app.log', 'rejected for user=robot pass=v1\n', 'bare v1'],
];

suite('what is assigned in files of a kind', () => {
  for (const [path, text, found] of IN_FILES) {
    test(`${path}: ${JSON.stringify(text)}`, () => assert.equal(assigned(text, path), found));
  }
});

const PASSWORDS: readonly [parts: readonly string[], certainty: string | undefined][] = [
  [['walnut', 'rocket', '1987'], 'medium'],
  [['Walnut', 'Rocket', '42'], 'medium'],
  [['Mon', 'key2015!'], 'medium'],
  [['rabbit77'], 'low'],
  [['test', 'user1987'], 'low'],
  [['my', 'key2015!'], 'low'],
  [['pass', 'word1987'], 'low'],
  [['correcthorsebattery'], undefined],
];

suite('passwords that people make', () => {
  for (const [parts, certainty] of PASSWORDS) {
    test(`${parts.join(' ')}: ${certainty ?? 'none'}`, () => assert.equal(gradePassword(parts.join('')), certainty));
  }
});

const URLS: readonly [user: string, password: string, host: string, certainty: string | undefined][] = [
  ['app', 'q9ZkT2vLmX7r', 'db.acme.dev', 'high'],
  ['app', 'q9ZkT2vLmX7r', 'localhost:5432', 'low'],
  ['app', 'q9ZkT2vLmX7r', 'db.example.com', 'low'],
  ['user', 'password', 'db.acme.dev', undefined],
  ['app', 'app', 'db.acme.dev', undefined],
  ['app', ['$', '{PASSWORD}'].join(''), 'db.acme.dev', undefined],
  ['app', 'hunter22', 'db.acme.dev', 'low'],
  ['app', 'Hunt-er22!', 'db.acme.dev', 'medium'],
  ['app', 'q9ZkT2vLmX7r', '%s', undefined],
];

suite('passwords in URLs', () => {
  for (const [user, password, host, certainty] of URLS) {
    test(`${user} at ${host} with ${password.length} characters: ${certainty ?? 'nothing'}`, () => {
      assert.equal(gradeUrlPassword(user, password, host)?.certainty, certainty);
    });
  }
});
