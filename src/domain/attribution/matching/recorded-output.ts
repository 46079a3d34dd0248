// What a coding agent wrote, as it was recorded: one piece of lines that stood together when the agent put them there.
import type { CodingAgentId } from '../evidence.ts';

/** Who vouches that the agent wrote it: the gateway that carried it, the key that signed the record, or its sender alone. */
export type OutputWitness =
  | { readonly by: 'gateway' }
  | { readonly by: 'key'; readonly fingerprint: string }
  | { readonly by: 'sender' };

export interface RecordedOutput {
  /** Names it among all that are recorded. */
  readonly id: string;
  /** Whose coding agent it was: who sent the record. */
  readonly principal: string;
  readonly codingAgent: CodingAgentId;
  readonly model?: string;
  /** The agent's own id of its conversation. */
  readonly session: string;
  /** Hex SHA-256 of the prompt that it answers. */
  readonly promptDigest?: string;
  /** When we received it; milliseconds. What a client says of the time is no evidence. */
  readonly at: number;
  readonly path?: string;
  /** Without line feeds; secrets are masked. */
  readonly lines: readonly string[];
  readonly witness: OutputWitness;
  /** A person changed the proposal before it was taken. */
  readonly isUserModified?: true;
}
