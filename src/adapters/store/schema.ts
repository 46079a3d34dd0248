// The tables, as kysely sees them. Times are integer milliseconds. Columns marked JSON hold JSON text: refs, paths and
// whatever people type may contain lone surrogates (protocol/bytes.ts), which a text column would lose and JSON escapes.
// Plain text columns hold names with a grammar; a value that is not well-formed Unicode is refused before it gets there.
import { type Generated, sql } from 'kysely';
import type { UsedAssertionTable } from './assertion-tables.ts';
import type { IdentitySchema } from './identity-tables.ts';
import { StoreError } from './store-error.ts';

export interface PushTable {
  /** AUTOINCREMENT from 1: the number people see; never used twice. */
  id: Generated<number>;
  state: string;
  repo: string;
  upstream: string;
  /** JSON */
  path: string;
  object_format: string;
  principal: string;
  principal_kind: string;
  principal_sponsor: string | null;
  /** JSON, as are all up to `note` but the digests. */
  updates: string;
  push_options: string;
  verdict: string | null;
  findings: string;
  requirements: string;
  attribution: string | null;
  request: string | null;
  reason: string | null;
  outcomes: string | null;
  note: string | null;
  policy_digest: string | null;
  inputs_digest: string | null;
  superseded_by: number | null;
  created_at: number;
  decided_at: number | null;
  landed_at: number | null;
  expires_at: number | null;
  /** The gateway that reads the push; only meaningful in `receiving`. */
  received_by: string;
  lease_owner: string | null;
  /** Only ever grows, also when the lease ends: a fencing token is worth nothing once it can come back. */
  lease_token: Generated<number>;
  lease_until: number | null;
}

export interface ApprovalTable {
  push_id: number;
  person: string;
  at: number;
  /** JSON of the whole Approval. */
  act: string;
}

export interface ExceptionTable {
  /** AUTOINCREMENT from 1. */
  id: Generated<number>;
  /** At most one `valid` for an upstream, a repository and a fingerprint. */
  state: string;
  upstream: string;
  repo: string;
  fingerprint: string;
  rule: string;
  /** JSON, as are `groups`, `granted_by` and `reason`. */
  masked: string;
  groups: string;
  granted_by: string;
  requested_by: string;
  reason: string;
  push_id: number;
  created_at: number;
  expires_at: number;
  revoked_at: number | null;
  revoked_by: string | null;
}

export interface TrailTable {
  idx: number;
  /** The line that is hashed (domain/audit/chain.ts): the only truth. The columns below are copies to search by. */
  line: string;
  hash: string;
  at: number;
  type: string;
  actor: string | null;
  repo: string | null;
  push_id: number | null;
}

export interface UserTable {
  name: string;
  kind: string;
  sponsor: string | null;
  /** JSON */
  groups: string;
  created_at: number;
  disabled_at: number | null;
  grants_only: Generated<number>;
}

export interface GrantTable {
  id: string;
  principal: string;
  state: string;
  /** JSON, as are `refs`, `paths` and `reason`. */
  repos: string;
  refs: string | null;
  paths: string | null;
  lifetime: number;
  reason: string;
  asked_by: string;
  asked_at: number;
  given_by: string | null;
  given_at: number | null;
  expires_at: number;
  ended_by: string | null;
  ended_at: number | null;
}

export interface BreakGlassTable {
  push_id: number;
  principal: string;
  /** JSON, as is `comment`. */
  reason: string;
  at: number;
  reviewed_by: string | null;
  reviewed_at: number | null;
  comment: string | null;
}

export interface TokenTable {
  id: string;
  hash: string;
  user: string;
  /** JSON */
  scopes: string;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
  revoked_at: number | null;
  /** The login whose refreshes made it. */
  family: Generated<string | null>;
}

export interface KeyTable {
  id: string;
  user: string;
  fingerprint: string;
  algorithm: string;
  blob: string;
  /** JSON, as is `label`. */
  comment: string;
  label: string | null;
  verify_required: number;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
  revoked_at: number | null;
}

export interface SshCertificateTable {
  serial: string;
  user: string;
  fingerprint: string;
  key_id: string;
  authority: string;
  issued_at: number;
  valid_before: number;
}

export interface SshRevocationTable {
  authority: string;
  serial: string;
  at: number;
}

export interface AiSessionTable {
  /** AUTOINCREMENT from 1. */
  id: Generated<number>;
  principal: string;
  key: string;
  coding_agent: string;
  /** JSON, as are `model`, `tool_version` and `human`. */
  conversation: string;
  model: string | null;
  tool_version: string | null;
  human: string | null;
  first_at: number;
  last_at: number;
}

export interface AiSessionRepoTable {
  repo: string;
  session_id: number;
}

export interface AiEventTable {
  /** AUTOINCREMENT from 1. */
  id: Generated<number>;
  session_id: number;
  /** The id that its recorder gave it. */
  event: string;
  kind: string;
  /** As the recorder says. */
  at: number;
  received_at: number;
  repo: string | null;
  /** JSON, as are `tool_version`, `human` and `body`: the event without its texts. */
  model: string | null;
  tool_version: string | null;
  human: string | null;
  signed_by: string | null;
  body: string;
  /** Of a prompt: the name of its text, and its digest. */
  text: string | null;
  digest: string | null;
  /** Of an edit: the prompt it follows from. */
  prompt_id: string | null;
  commit_oid: string | null;
}

export interface AiTextTable {
  name: string;
  sealed: Uint8Array;
  last_at: number;
}

export interface AiOutputTable {
  /** AUTOINCREMENT from 1. */
  id: Generated<number>;
  principal: string;
  event_id: number;
  /** Position in the edit. */
  piece: number;
  start: number;
  text: string;
  at: number;
  /** Whether ai_output_hashes has it. */
  is_indexed: number;
}

export interface AiPrincipalTable {
  id: Generated<number>;
  name: string;
}

export interface AiOutputHashTable {
  principal_id: number;
  hash: number;
  output_id: number;
}

export interface AttributionTable {
  push_id: number;
  revision: number;
  at: number;
  cause: string;
  /** Deflated JSON. */
  document: Uint8Array;
}

export interface PushedCommitTable {
  upstream: string;
  repo: string;
  oid: string;
  push_id: number;
}

/** Where a note about a commit is, by its blob. */
export interface NoteTable {
  upstream: string;
  repo: string;
  about: string;
  ref: string;
  blob: string;
  push_id: number;
}

export interface RememberedFileTable {
  id: Generated<number>;
  upstream: string;
  repo: string;
  /** Of the commit. */
  oid: string;
  /** JSON, as is `name`; an empty path is the commit as a whole. */
  path: string;
  name: string;
  patch_id: string;
  push_id: number;
  at: number;
  /** Deflated JSON. */
  row: Uint8Array;
}

export interface AgentTable {
  id: string;
  name: string;
  joined_at: number;
  revoked_at: number | null;
  last_seen_at: number | null;
  version: string | null;
  /** JSON */
  upstreams: string;
}

export interface AgentCertificateTable {
  fingerprint: string;
  agent_id: string;
  issued_at: number;
  expires_at: number;
  retired_at: number | null;
}

export interface JoinTokenTable {
  hash: string;
  id: string;
  agent: string;
  created_by: string;
  created_at: number;
  expires_at: number;
  used_at: number | null;
}

export interface Schema extends IdentitySchema {
  agents: AgentTable;
  agent_certificates: AgentCertificateTable;
  join_tokens: JoinTokenTable;
  attributions: AttributionTable;
  pushed_commits: PushedCommitTable;
  notes: NoteTable;
  remembered_files: RememberedFileTable;
  ai_sessions: AiSessionTable;
  ai_session_repos: AiSessionRepoTable;
  ai_events: AiEventTable;
  ai_texts: AiTextTable;
  ai_outputs: AiOutputTable;
  ai_principals: AiPrincipalTable;
  ai_output_hashes: AiOutputHashTable;
  pushes: PushTable;
  approvals: ApprovalTable;
  exceptions: ExceptionTable;
  trail: TrailTable;
  users: UserTable;
  grants: GrantTable;
  break_glass: BreakGlassTable;
  tokens: TokenTable;
  keys: KeyTable;
  used_assertions: UsedAssertionTable;
  ssh_certificates: SshCertificateTable;
  ssh_revocations: SshRevocationTable;
}

/** Most rows one listing returns; callers page on with `before` or `from`. */
export const MAX_ROWS = 1000;

/** UTF-16 units of one JSON column. 1,000 ref updates with long names, or some 50,000 findings. */
export const MAX_JSON_LENGTH = 16 * 1024 * 1024;

export function toJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (text.length > MAX_JSON_LENGTH) {
    throw new StoreError(
      'store-too-large',
      `a field of ${text.length} characters, at most ${MAX_JSON_LENGTH} are kept`,
    );
  }
  return text;
}

/** Columns hold only what toJson wrote; the type is the writer's promise. */
export function fromJson<T>(text: string): T {
  return JSON.parse(text) as T;
}

/** A list of any length as one parameter, so that every length is the same statement. */
export function oneOf<T extends string | number>(values: readonly T[]) {
  return sql<T>`(SELECT value FROM json_each(${toJson(values)}))`;
}

/**
 * True when a text column can hold this exactly. SQLite would silently store U+FFFD for a lone surrogate, so that two
 * different names became one; nothing stored can equal such a name, and a NUL ends a string for half of SQL's functions.
 */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** Listings are bounded whatever a caller asks for. */
export function boundedLimit(limit: number | undefined): number {
  if (limit === undefined) return MAX_ROWS;
  if (!Number.isSafeInteger(limit) || limit < 0) throw new TypeError(`limit is no count: ${limit}`);
  return Math.min(limit, MAX_ROWS);
}
