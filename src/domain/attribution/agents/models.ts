// How names of models begin, as people and tools write them. A model alone says that some AI wrote, not which agent.
import type { Day } from './agent-rule.ts';

export const MODELS_VERSION: Day = '2026-08-31';

/** Of a whole value, so that Kimi, Claude and Opus the people are none. */
export const MODEL_NAME = new RegExp(
  `^(?:[a-z]{2,12}[/ ])?(?:${[
    'claude[- ](?:opus|sonnet|haiku|instant|\\d)',
    '(?:opus|sonnet|haiku)[- ]\\d',
    'gpt-?\\d',
    'gpt \\d',
    'gpt-oss',
    'o[134](?:-mini|-pro|-preview)?$',
    'gemini[- ]\\d',
    'gemma-?\\d',
    'grok[- ](?:\\d|code)',
    'qwen-?\\d',
    'qwen-?coder',
    'deepseek-',
    'llama-?\\d',
    'codestral',
    'devstral',
    'mistral-',
    'kimi-k\\d',
    'glm-\\d',
    'composer-?\\d',
    'swe-\\d',
    'minimax-m\\d',
    'codex-mini',
  ].join('|')})[\\w.:/@()\\[\\] -]{0,80}$`,
  'i',
);
