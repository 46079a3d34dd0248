// What the gateway and the process that attributes large pushes say to each other (adapters/process).
import type { AttributedPush, PushToAttribute } from '../../domain/attribution/push/attribute-push.ts';
import type { TrustedSigner } from '../../domain/attribution/trusted-signer.ts';
import type { RepoKey } from '../../domain/ports.ts';
import type { ObjectPlace } from '../../domain/secrets/secret-scanner.ts';
import type { Oid } from '../../protocol/oid.ts';
import type { AnswerPiece } from './answer-pieces.ts';
import type { QuestionPiece } from './question-pieces.ts';

export interface AttributorSettings {
  /** The store that is read; the gateway alone writes it. */
  readonly store: { readonly file: string; readonly auditDir: string };
  /** Seals recorded texts. */
  readonly sessionsKey: Uint8Array;
  readonly signers: readonly TrustedSigner[];
  readonly maxObjectBytes: number;
}

/** Commits and updates come after it. */
export interface AttributionTask {
  readonly about: Omit<PushToAttribute, 'commits' | 'updates'>;
  readonly repo: RepoKey;
  readonly place: ObjectPlace;
  readonly mayAsk: boolean;
  readonly mayLackObjects: boolean;
}

export type ToAttribution =
  | { readonly kind: 'question'; readonly piece: QuestionPiece }
  /** `lacking` is absent when the upstream could not be asked. */
  | { readonly kind: 'ensured'; readonly request: number; readonly lacking?: readonly Oid[] };

export type FromAttribution =
  | { readonly kind: 'answer'; readonly piece: AnswerPiece }
  | { readonly kind: 'ensure'; readonly request: number; readonly oids: readonly Oid[] };

/** What is small whatever the push is. */
export type AttributionEnd = Pick<AttributedPush, 'missing'> &
  Pick<AttributedPush['attribution'], 'version' | 'ruleSet' | 'lines' | 'generated' | 'codingAgents'>;
