// Trailers of no agent in particular: what they are worth depends on what they name.
//   Assisted-by: AGENT:MODEL [TOOL] …      Linux, Documentation/process/coding-assistants.rst
//   Assisted-by: Claude Code (Sonnet 4.5)  what people write; Generated-by: the same (Apache, OpenInfra)
import type { Day } from './agent-rule.ts';

export const GENERIC_VERSION: Day = '2026-08-31';

export interface GenericTrailer {
  readonly id: string;
  /** Lower case. */
  readonly key: string;
  /** `message`: it is about the commit message alone. */
  readonly about: 'change' | 'message';
}

/** Their value names agents or models; a value that names neither says nothing: projects credit people in them too. */
export const NAMING_TRAILERS: readonly GenericTrailer[] = [
  { id: 'generic/assisted-by', key: 'assisted-by', about: 'change' },
  { id: 'generic/generated-by', key: 'generated-by', about: 'change' },
  { id: 'generic/ai-tools', key: 'ai-tools', about: 'change' },
  { id: 'generic/commit-message-written-by', key: 'commit-message-written-by', about: 'message' },
];

/** Say that some AI took part, and no more. */
export const NAMELESS_TRAILERS: readonly { readonly id: string; readonly key: string; readonly value: RegExp }[] = [
  { id: 'generic/ai-assisted', key: 'ai-assisted', value: /^yes$/i },
  {
    id: 'generic/assisted-by-some-ai',
    key: 'assisted-by',
    value: /^(?:an? |generic )?(?:ai|llm|llm chatbot|ai assistant|coding assistant)$/i,
  },
];

/** Keys whose value may be an agent's address: `Co-authored-by` is rewritten to the others by some projects. */
export const CREDIT_KEYS: readonly string[] = ['co-authored-by', 'assisted-by', 'generated-by', 'co-developed-by'];
