// The files that `sallyport init` writes: meant to be read and changed.

export interface UpstreamTemplate {
  /** `open` = it asks for no credential. */
  readonly kind: 'open' | 'password' | 'ssh';
  readonly url: string;
  readonly username: string;
}

/** sallyport.yaml for one upstream that serves every repository. */
export function configTemplate(upstream: UpstreamTemplate): string {
  return `# Sallyport. Paths are relative to this file. A key that is not known is an error.
gateway:
  # publicUrl: https://git-gate.example.com   # what links in messages begin with; default: the http listen address
  dataDir: ./data
  keysDir: ./keys
  http: { listen: 127.0.0.1:8080 }             # tls: { cert: FILE, key: FILE }; do not leave this machine without it
  ssh: { listen: 127.0.0.1:2222 }
  store: sqlite
  limits: { maxPackBytes: 2GiB, maxObjectBytes: 512MiB, maxRefUpdates: 1000, receiveTimeout: 10m }

# The first match wins. {path} is the repository as the client names it, {repo} the same without .git.
upstreams:
${upstreamTemplate(upstream)}
# The credentials of the upstreams. A secret is only ever { env: NAME }, { file: PATH } or { command: [PROGRAM, ...] }.
agent:
  credentials:
${credentialTemplate(upstream)}
identity:
  local: true

# Who may do what. The group admin can always administer; that it does more is said here, and can be taken away.
access:
  - { repos: ["**"], groups: [dev], may: [read, push] }
  - { repos: ["**"], groups: [sre, security], may: [read, push, approve] }
  - { repos: ["**"], groups: [admin], may: [read, push, approve, audit, admin] }

policy: policy.yaml
`;
}

function upstreamTemplate({ kind, url }: UpstreamTemplate): string {
  const extras = kind === 'ssh' ? ', knownHosts: ./keys/upstream_known_hosts' : '';
  return `  - { name: main, match: "**", url: "${url}", agent: embedded, credential: main${extras} }
`;
}

function credentialTemplate({ kind, username }: UpstreamTemplate): string {
  const basic = `{ kind: basic, username: ${JSON.stringify(username)}, password: { env: UPSTREAM_PASSWORD } }`;
  if (kind === 'password') return `    main: ${basic}\n`;
  if (kind === 'ssh') {
    return `    main: { kind: ssh-key, username: ${JSON.stringify(username)}, privateKey: { file: ./keys/upstream_key } }\n`;
  }
  return `    main: { kind: none }\n    # main: ${basic}\n`;
}

export const POLICY_TEMPLATE = `# What happens to a push. Check it with: sallyport policy check
# The strictest rule that matches wins; holds add up their approvals; a push that no rule matches is forwarded.
# Without any rule already: only refs/heads, refs/tags and refs/notes; moving or deleting a tag waits for the group
# admin; objects that nothing refers to, what git's own checks find broken, and secrets of severity medium or more are
# refused (\`defaults: { secrets: { then: hold } }\` has the group admin look at secrets instead).
version: 1
rules:
  - name: nobody rewrites main
    when: { refs: ["refs/heads/main", "refs/heads/master"], update: [force, delete] }
    then: refuse

  # What runs with the rights of your CI, and who must look at what.
  - name: pipelines and owners need a second person
    when:
      refs: ["refs/heads/main", "refs/heads/master"]
      paths: ["/.github/", "/.gitlab-ci.yml", "/.gitea/", "CODEOWNERS"]
    then: hold
    approvals: [{ group: security, count: 1 }]
    expires: 7d

  # - name: production needs SRE
  #   when: { repos: ["acme/**"], refs: ["refs/heads/main"], paths: ["infra/prod/**"] }
  #   then: hold
  #   approvals: [{ group: sre, count: 1 }]
`;
