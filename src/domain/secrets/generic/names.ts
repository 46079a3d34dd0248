// What a name says about its value: `DB_PASSWORD` names a password, `tokenUrl` and `public_key` no secret.

export type NameKind = 'password' | 'secret';

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

const PASSWORDS = set(
  'password passwd passphrase passcode passkey pass pwd pw pword pswd psw psk passwort kennwort senha contrasena',
);
const SECRETS = set(
  'secret token apikey secretkey accesskey privatekey authkey authtoken accesstoken apitoken apisecret bearer auth credential credentials creds cred tkn pat',
);
/** `key` alone may be anything; after these it is a secret. */
const KEY_KINDS = set(
  'api secret private access auth encryption encrypt decryption crypt crypto cipher signing sign signature master root service account storage app application client server admin session cookie jwt hmac aes des shared consumer subscription deploy deployment integration webhook rsa license instrumentation write ingest ingestion user developer dev security token bot vault kms recovery backup ota device firmware routing validation preshared machine',
);
/** Whose key it is says enough, where nothing that they publish is called so. */
const VENDORS = set(
  'anthropic aws azure cloudflare cohere datadog deepseek digitalocean gemini github gitlab groq heroku mailchimp mailgun mistral newrelic notion nuget openai openrouter pinecone postmark replicate resend sendgrid slack sonar square supabase tailscale telegram twilio vercel',
);
/** Words that may follow without changing what the value is. */
const AFTER = set(
  'value val string str text raw plain plaintext default prod production live dev development staging stage test testing sandbox local env old new current base64 b64 hex encoded master root admin user db database main primary secondary backup value1 a b v1 v2 v3 x const base',
);
/** Words that make it something else. */
const NOT = set(
  'public pub csrf xsrf next page paging pagination cursor continuation sync hash hashed digest checksum sha sha1 sha256 sha512 md5 fingerprint thumbprint url uri link endpoint field label placeholder hint type types kind error message regex pattern example sample dummy fake mock idempotency sort partition foreign cache translation locale css class style path file dir length size count limit max min expiry expires ttl idx index bucket table column lang format algorithm prefix suffix regexp policy strength forgot reset confirm repeat cancellation cancel tag tags commit revision etag nonce icon svg node react dedupe syntax scope grammar lexer parser ast lookahead selector',
);

/** Names come again and again; so many are remembered. */
const MAX_KNOWN = 4096;
const known = new Map<string, NameKind | undefined>();

/** What kind of value this name promises, or undefined. */
export function nameKind(name: string): NameKind | undefined {
  if (known.has(name)) return known.get(name);
  if (known.size >= MAX_KNOWN) known.clear();
  const kind = kindOf(name);
  known.set(name, kind);
  return kind;
}

function kindOf(name: string): NameKind | undefined {
  const words = wordsOf(name);
  if (words.some((word) => NOT.has(word))) return undefined;
  for (let i = words.length - 1; i >= 0; i--) {
    const kind = wordKind(words[i] as string, words[i - 1]);
    if (kind !== undefined) return kind;
    if (!AFTER.has(words[i] as string) && !/^\d+$/.test(words[i] as string)) return undefined;
  }
  return undefined;
}

function wordKind(word: string, before: string | undefined): NameKind | undefined {
  if (PASSWORDS.has(word)) return 'password';
  if (SECRETS.has(word)) return 'secret';
  if (word === 'key' || word === 'keys')
    return before !== undefined && (KEY_KINDS.has(before) || VENDORS.has(before)) ? 'secret' : undefined;
  return joinedKind(word);
}

/** Other words end in `pass` too. */
const JOINED_PASS =
  /^(?:admin|api|app|db|email|ftp|key|ldap|login|mail|master|mongo|mqtt|my|mysql|pg|proxy|redis|require|root|smtp|sql|ssh|store|su|sudo|svc|user|wifi)pass$/;

/** Names written in one: `dbpassword`, `clientsecret`, `awssecretkey`. */
function joinedKind(word: string): NameKind | undefined {
  if (/(?:password|passwd|passphrase|bindpw|rootpw|userpw|adminpw)$/.test(word) || JOINED_PASS.test(word))
    return 'password';
  return /(?:secret|token|apikey|secretkey|accesskey|privatekey|authkey|sharedkey|signingkey|accountkey|encryptionkey|masterkey)$/.test(
    word,
  )
    ? 'secret'
    : undefined;
}

/** `dbPassword`, `DB_PASSWORD`, `db-password` and `db.password` are all `db`, `password`. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 0);
}
