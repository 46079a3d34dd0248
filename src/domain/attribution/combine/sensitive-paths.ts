// Where a machine's lines, or lines of nobody known, deserve a look whatever a policy says: what runs in builds, what decides who
// may do what, what pins other people's code. It says where to look first; rules of the policy say what must not pass.
import { visibleText } from '../../../protocol/bytes.ts';
import type { Finding } from '../../push/finding.ts';
import { FindingList } from '../../push/finding-list.ts';
import type { LineCounts, PushAttribution } from '../attribution.ts';
import { countsByPath } from './path-counts.ts';

export type SensitiveKind = 'CI' | 'build' | 'lock file' | 'access' | 'cryptography';

const NAMES: Readonly<Record<string, SensitiveKind>> = {
  ...kindOf('CI', '.gitlab-ci.yml .travis.yml .drone.yml .woodpecker.yml appveyor.yml jenkinsfile azure-pipelines.yml'),
  ...kindOf('CI', 'bitbucket-pipelines.yml cloudbuild.yaml codemagic.yaml .cirrus.yml buildspec.yml'),
  ...kindOf(
    'build',
    'makefile gnumakefile dockerfile containerfile justfile rakefile build.rs build.zig setup.py cmakelists.txt',
  ),
  ...kindOf(
    'build',
    'package.json pom.xml build.gradle build.gradle.kts build.sbt build workspace module.bazel meson.build',
  ),
  ...kindOf(
    'build',
    'configure.ac .pre-commit-config.yaml docker-compose.yml compose.yaml pyproject.toml conanfile.py',
  ),
  ...kindOf(
    'lock file',
    'package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock cargo.lock poetry.lock',
  ),
  ...kindOf(
    'lock file',
    'uv.lock pipfile.lock gemfile.lock composer.lock go.sum mix.lock flake.lock .terraform.lock.hcl',
  ),
  ...kindOf('access', 'codeowners sudoers authorized_keys .htaccess policy.yaml'),
};

const FOLDERS: Readonly<Record<string, SensitiveKind>> = {
  ...kindOf('CI', '.github/workflows .github/actions .circleci .buildkite .gitlab .woodpecker .tekton'),
  ...kindOf('build', '.husky .githooks'),
  ...kindOf('access', 'auth authn authz oauth oidc saml iam rbac permissions'),
  ...kindOf('cryptography', 'crypto cryptography tls x509'),
};

/** What a path is for, when it is one of these; by its name and folders alone, whatever their case. */
export function sensitiveKind(path: string): SensitiveKind | undefined {
  const parts = path.toLowerCase().split('/');
  const name = parts.pop() ?? '';
  const byName = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  if (byName !== undefined) return byName;
  for (const [at, part] of parts.entries()) {
    for (const folder of [part, `${part}/${parts[at + 1]}`]) if (Object.hasOwn(FOLDERS, folder)) return FOLDERS[folder];
  }
  return undefined;
}

/**
 * `machine-lines-in-sensitive-path` (low) and, where machines had a part in the push, `unknown-lines-in-sensitive-path` (info).
 * One for each path; bounded.
 */
export function sensitivePathFindings(attribution: PushAttribution): readonly Finding[] {
  const findings = new FindingList();
  const hasMachines = attribution.commits.some(({ codingAgents }) => codingAgents.length > 0);
  for (const [path, lines] of countsByPath(attribution)) {
    const kind = sensitiveKind(path);
    if (kind === undefined) continue;
    const machine = machineLines(lines);
    if (machine > 0) {
      const text = `at least ${machine} lines of ${kind} by a machine: ${visibleText(path)}`;
      findings.add({ rule: 'machine-lines-in-sensitive-path', severity: 'low', text, path });
    }
    if (lines.unknown > 0 && hasMachines) {
      const text = `${lines.unknown} lines of ${kind} that nobody speaks for: ${visibleText(path)}`;
      findings.add({ rule: 'unknown-lines-in-sensitive-path', severity: 'info', text, path });
    }
  }
  return findings.list();
}

function machineLines({ ai, mixed, declared, disputed }: LineCounts): number {
  return ai + mixed + declared + disputed;
}

function kindOf(kind: SensitiveKind, names: string): Record<string, SensitiveKind> {
  return Object.fromEntries(names.split(' ').map((name) => [name, kind]));
}
