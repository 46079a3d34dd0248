// Every `when:` key, in order of evaluation: what decides cheaply first, then what picks changes, then commits.
import { ai } from './ai.ts';
import { author } from './author.ts';
import { binaries } from './binaries.ts';
import { executables } from './executables.ts';
import { findings } from './findings.ts';
import { message } from './message.ts';
import { paths } from './paths.ts';
import type { PredicateKey } from './predicate.ts';
import { principals } from './principals.ts';
import { refs } from './refs.ts';
import { repos } from './repos.ts';
import { secrets } from './secrets.ts';
import { signed } from './signed.ts';
import { size } from './size.ts';
import { submodules } from './submodules.ts';
import { symlinks } from './symlinks.ts';
import { update } from './update.ts';

export const PREDICATE_KEYS: readonly PredicateKey[] = [
  repos,
  principals,
  refs,
  update,
  paths,
  submodules,
  symlinks,
  executables,
  binaries,
  size,
  author,
  message,
  signed,
  findings,
  secrets,
  ai,
];
