// Every coding agent that we know to look for. A new one is a file and its line here.
import { createHash } from 'node:crypto';
import { type CodingAgentId, UNKNOWN_AI } from '../evidence.ts';
import type { CodingAgent, Day } from './agent-rule.ts';
import { aider } from './aider.ts';
import { amazonQ } from './amazon-q.ts';
import { amp } from './amp.ts';
import { augment } from './augment.ts';
import { AUTOMATION_ACCOUNTS, AUTOMATION_EMAILS, AUTOMATION_VERSION } from './automation.ts';
import { claudeCode } from './claude-code.ts';
import { cline } from './cline.ts';
import { codebuff } from './codebuff.ts';
import { codeflash } from './codeflash.ts';
import { coderabbit } from './coderabbit.ts';
import { cosine } from './cosine.ts';
import { crush } from './crush.ts';
import { cursor } from './cursor.ts';
import { devin } from './devin.ts';
import { factoryDroid } from './factory-droid.ts';
import { firebender } from './firebender.ts';
import { geminiCli } from './gemini-cli.ts';
import { geminiCodeAssist } from './gemini-code-assist.ts';
import { CREDIT_KEYS, GENERIC_VERSION, NAMELESS_TRAILERS, NAMING_TRAILERS } from './generic.ts';
import { gitar } from './gitar.ts';
import { githubCopilot } from './github-copilot.ts';
import { githubCopilotAutofix } from './github-copilot-autofix.ts';
import { githubCopilotCodingAgent } from './github-copilot-coding-agent.ts';
import { goose } from './goose.ts';
import { jules } from './jules.ts';
import { junie } from './junie.ts';
import { kiloCode } from './kilo-code.ts';
import { kiro } from './kiro.ts';
import { letta } from './letta.ts';
import { lovable } from './lovable.ts';
import { mentat } from './mentat.ts';
import { mistralVibe } from './mistral-vibe.ts';
import { MODEL_NAME, MODELS_VERSION } from './models.ts';
import { ona } from './ona.ts';
import { openSwe } from './open-swe.ts';
import { openaiCodex } from './openai-codex.ts';
import { opencode } from './opencode.ts';
import { openhands } from './openhands.ts';
import { qwenCode } from './qwen-code.ts';
import { replit } from './replit.ts';
import { rooCode } from './roo-code.ts';
import { seer } from './seer.ts';
import { sketch } from './sketch.ts';
import { sweep } from './sweep.ts';
import { trae } from './trae.ts';
import { warp } from './warp.ts';
import { windsurf } from './windsurf.ts';
import { zed } from './zed.ts';

export const AGENTS: readonly CodingAgent[] = [
  aider,
  amazonQ,
  amp,
  augment,
  claudeCode,
  cline,
  codebuff,
  codeflash,
  coderabbit,
  cosine,
  crush,
  cursor,
  devin,
  factoryDroid,
  firebender,
  geminiCli,
  geminiCodeAssist,
  gitar,
  githubCopilotAutofix,
  githubCopilotCodingAgent,
  githubCopilot,
  goose,
  jules,
  junie,
  kiloCode,
  kiro,
  letta,
  lovable,
  mentat,
  mistralVibe,
  ona,
  openSwe,
  openaiCodex,
  opencode,
  openhands,
  qwenCode,
  replit,
  rooCode,
  seer,
  sketch,
  sweep,
  trae,
  warp,
  windsurf,
  zed,
];

/** Id → name for people. */
export const CODING_AGENTS: Readonly<Record<CodingAgentId, string>> = {
  ...Object.fromEntries(AGENTS.map(({ id, name }) => [id, name])),
  [UNKNOWN_AI]: 'some AI, nobody says which',
};

const VERSIONS: readonly Day[] = [
  ...AGENTS.map(({ version }) => version),
  AUTOMATION_VERSION,
  GENERIC_VERSION,
  MODELS_VERSION,
];

const DATA = [
  AGENTS,
  AUTOMATION_ACCOUNTS,
  AUTOMATION_EMAILS,
  NAMING_TRAILERS,
  NAMELESS_TRAILERS,
  CREDIT_KEYS,
  MODEL_NAME,
];

/** The day of the youngest rule and a digest of all: two gateways with the same name for it read a commit alike. */
export const RULE_SET = `${VERSIONS.toSorted().at(-1)}+${digestOf(DATA)}`;

function digestOf(data: unknown): string {
  const text = JSON.stringify(data, (_key, value: unknown) => (value instanceof RegExp ? String(value) : value));
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
