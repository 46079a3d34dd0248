// The command line. This file only says what there is; each command is loaded when it is called, so that a command costs
// what it needs and no more. Exit: 0 done, 1 refused or failed, 2 called wrongly.
import { Command, CommanderError, Option } from 'commander';
import { VERSION } from '../gateway/version.ts';
import {
  duration,
  entryTypes,
  exceptionNumber,
  list,
  moment,
  pushNumber,
  pushOption,
  scopes,
  states,
  upTo,
  wholeNumber,
} from './options.ts';
import { SCAN_FORMATS } from './scan/formats.ts';
import { CommandError, printError, UsageError } from './terminal.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  // `sallyport push ls | head` closes our stdout: that is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  try {
    await createProgram().parseAsync([...withDefaultCommand(args)], { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  // Commander has said what it had to say: help asked for is 0, everything else is wrong usage.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CommandError) {
    for (const line of error.message.split('\n'))
      printError(line.startsWith('sallyport: ') ? line : `sallyport: ${line}`);
    if (error.hint !== undefined) printError(`hint: ${error.hint}`);
    return error instanceof UsageError ? 2 : 1;
  }
  printError(`sallyport: unexpected error: ${error instanceof Error ? error.message : String(error)}`);
  if (process.env['SALLYPORT_DEBUG'] && error instanceof Error) {
    for (const line of (error.stack ?? '').split('\n')) printError(line);
  } else printError('hint: SALLYPORT_DEBUG=1 shows where');
  return 1;
}

function createProgram(): Command {
  const program = new Command('sallyport')
    .description('The gate between developers with their coding agents and their Git server')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) })
    .showHelpAfterError('hint: `sallyport help` lists every command');
  addServerCommands(program);
  addLoginCommands(program);
  addAccountCommands(program);
  addAgentCommands(program);
  addPushCommands(program);
  addExceptionCommands(program);
  addAiCommands(program);
  addHookCommands(program);
  addPolicyCommands(program);
  addAuditCommands(program);
  addScanCommand(program);
  addAttributeCommand(program);
  return program;
}

function addServerCommands(program: Command): void {
  program
    .command('init')
    .description('write sallyport.yaml, policy.yaml and keys, and make the first admin')
    .option('--dir <dir>', 'where', '.')
    .option('--upstream <url>', 'the Git server behind the gate, over http, https or ssh')
    .action(async (options) => (await import('./commands/init.ts')).init(options));
  program
    .command('serve')
    .description('run the gateway')
    .addOption(configOption())
    .option('--adopt-trail', 'go on with a trail that ends before its anchored head (a restored backup)')
    .action(async (options) => (await import('./commands/serve.ts')).serve(options));
  program
    .command('doctor')
    .description('check configuration, git, keys, upstreams, clock and disk, and say what to mend')
    .option('--repo <repo>', 'ask the upstream for this repository as well, as clients name it')
    .option(
      '--upstream <name>',
      "on an agent's machine: check this upstream of its configuration, and the way to the gateway",
    )
    .addOption(configOption())
    .addOption(jsonOption())
    .action(async (options) => (await import('./commands/doctor.ts')).doctor(options));
}

function addLoginCommands(program: Command): void {
  const logins = async () => import('./commands/login.ts');
  const gateway = () => new Option('--gateway <url>', 'default: SALLYPORT_URL, or where you logged in last');
  program
    .command('login')
    .description('log in to a gateway, with your browser')
    .addOption(gateway())
    .option('--device', 'by a code that you type on another device')
    .option('--no-browser', 'open no browser, say where to go')
    .option('--git', 'set git up to use the login')
    .action(async (options) => (await logins()).login(options));
  program
    .command('logout')
    .description('end the login')
    .addOption(gateway())
    .action(async (options) => (await logins()).logout(options));
  program
    .command('credential <get|store|erase>')
    .description('what git calls as its credential helper')
    .action(async (act) => (await import('./commands/credential.ts')).credential(act));
}

function addAccountCommands(program: Command): void {
  const users = async () => import('./commands/user.ts');
  const user = group(program, 'user', 'local users');
  client(user, 'add <name>', 'add a user')
    .option('--groups <groups>', 'groups, with commas', list)
    .addOption(new Option('--kind <kind>', 'what it is').choices(['human', 'coding-agent', 'service']).default('human'))
    .option('--sponsor <name>', 'the human a coding agent acts for')
    .option('--grants-only', 'a coding agent without rights but those granted for a time')
    .action(async (name, options) => (await users()).addUser(name, options));
  listing(user, 'ls', 'list users').action(async (options) => (await users()).listUsers(options));
  client(user, 'link <name>', 'let an identity of a provider be this user')
    .requiredOption('--provider <name>', 'as in sallyport.yaml')
    .requiredOption('--subject <subject>', 'what the provider calls it, for good')
    .action(async (name, options) => (await users()).linkUser(name, options));
  listing(user, 'show <name>', 'show one user with what they hold').action(async (name, options) =>
    (await users()).showUser(name, options),
  );
  client(user, 'set <name>', 'change a user')
    .option('--groups <groups>', 'groups, with commas, in place of those they are in', list)
    .option('--grants-only', 'a coding agent: no rights but those granted for a time')
    .option('--no-grants-only', 'a coding agent: the rights of its groups, too')
    .action(async (name, options) => (await users()).setUser(name, options));
  client(user, 'disable <name>', 'end a user at once: credentials, connections, holds, grants and whom they sponsor')
    .option('-m, --message <text>', 'why')
    .action(async (name, options) => (await users()).disableUser(name, options));
  client(user, 'enable <name>', 'enable a user again; what was revoked stays revoked').action(async (name, options) =>
    (await users()).enableUser(name, options),
  );
  addCodingAgentCommands(program);

  const tokens = async () => import('./commands/token.ts');
  const token = group(program, 'token', 'tokens for git over HTTP and for the API');
  client(token, 'create', 'make a token and print it, this once')
    .requiredOption('--user <name>', 'whose')
    .option('--expires <duration>', 'such as 30d; default: never', duration)
    .option('--scope <scopes>', 'git, api, or both with a comma', scopes)
    .action(async (options) => (await tokens()).createToken(options));
  listing(token, 'ls', 'list tokens').action(async (options) => (await tokens()).listTokens(options));
  client(token, 'revoke <id>', 'revoke a token').action(async (id, options) =>
    (await tokens()).revokeToken(id, options),
  );

  const keys = async () => import('./commands/key.ts');
  const key = group(program, 'key', 'SSH public keys');
  client(key, 'add <file>', 'register public keys, one a line (- reads standard input)')
    .option('--user <name>', 'whose; default: your own')
    .option('--label <text>', 'what you call it')
    .option('--expires <duration>', 'such as 90d; default: as the configuration says', duration)
    .option('--verify-required', 'a security key must ask for a PIN or a fingerprint')
    .action(async (file, options) => (await keys()).addKey(file, options));
  listing(key, 'ls', 'list keys')
    .option('--fingerprint <text>', 'only the key with this one: SHA256:… or MD5:…')
    .action(async (options) => (await keys()).listKeys(options));
  client(key, 'revoke <id>', 'revoke a key').action(async (id, options) => (await keys()).revokeKey(id, options));

  const ssh = async () => import('./commands/ssh.ts');
  client(program, 'ssh-certificate', 'get a short-lived SSH certificate, unless you have one')
    .option('--key <file>', 'for the key in this file, made when it is missing; default: one in the ssh agent')
    .option('-q, --quiet', 'say nothing: for `Match exec` in ssh_config')
    .action(async (options) => (await ssh()).sshCertificate(options));
  const certificate = group(program, 'certificate', 'SSH certificates');
  listing(certificate, 'ls', 'list certificates that the gate issued, newest first').action(async (options) =>
    (await ssh()).listCertificates(options),
  );
  client(certificate, 'revoke <serial>', 'revoke a certificate, and end what it has open')
    .option('--authority <fingerprint>', 'SHA256:… of the authority that issued it; default: the gate')
    .option('-m, --message <text>', 'why')
    .action(async (serial, options) => (await ssh()).revokeCertificate(serial, options));
  const hostKey = group(program, 'host-key', 'the host keys of the ssh door');
  listing(hostKey, 'ls', 'list host keys').action(async (options) => (await ssh()).listHostKeys(options));
  client(hostKey, 'rotate', 'publish the next host keys; with --finish let them take over')
    .option('--finish', 'use the next ones from now on')
    .action(async (options) => (await ssh()).rotateHostKeys(options));

  listing(program, 'whoami', 'who your token belongs to').action(async (options) =>
    (await import('./commands/whoami.ts')).whoami(options),
  );
}

function addAgentCommands(program: Command): void {
  const agents = async () => import('./commands/agent.ts');
  const agent = group(
    program,
    'agent',
    'the agent beside the Git server: run one here, or see to those that have joined',
  );
  agent
    .command('run', { isDefault: true })
    .description('run an agent on this machine')
    .addOption(new Option('--config <file>', 'its own configuration; default: ./sallyport-agent.yaml'))
    .action(async (options) => {
      process.exitCode = await (await import('./agent/main.ts')).main(options.config);
    });
  listing(agent, 'ls', 'list agents that have joined, with how they are').action(async (options) =>
    (await agents()).listAgents(options),
  );
  client(agent, 'revoke <agent>', 'revoke an agent, by name or id: its links end at once').action(
    async (name, options) => (await agents()).revokeAgent(name, options),
  );
  client(agent, 'rename <agent> <name>', 'give an agent another name').action(async (name, wanted, options) =>
    (await agents()).renameAgent(name, wanted, options),
  );
  const token = group(program, 'agent-token', 'join tokens for agents');
  client(token, 'create <name>', 'make a join token for an agent of this name and print it, this once')
    .option('--expires <duration>', 'such as 15m; default 1h, at most 7d', duration)
    .action(async (name, options) => (await agents()).createJoinToken(name, options));
}

function addCodingAgentCommands(program: Command): void {
  const agents = async () => import('./commands/coding-agent.ts');
  const agent = group(program, 'coding-agent', 'coding agents that act for you');
  client(agent, 'add <name>', 'enrol a coding agent for yourself')
    .option('--groups <groups>', 'some of your groups, with commas; default: all of them', list)
    .option('--grants-only', 'no rights but those granted for a time')
    .action(async (name, options) => (await agents()).addCodingAgent(name, options));
  listing(agent, 'ls', 'list your coding agents').action(async (options) => (await agents()).listCodingAgents(options));
  client(agent, 'stop <name>', 'end a coding agent at once: credentials, connections, holds and grants')
    .option('-m, --message <text>', 'why')
    .action(async (name, options) => (await agents()).stopCodingAgent(name, options));

  const grants = async () => import('./commands/grant.ts');
  const grant = group(program, 'grant', 'rights of coding agents for a time: grant NAME, and');
  client(grant, 'ask <name>', 'ask for a grant, or give it when you may; the word ask may be left out')
    .option('--repo <patterns>', 'where, such as acme/*, with commas', list)
    .option('--refs <patterns>', 'only these refs, such as copilot/*, with commas', list)
    .option('--paths <patterns>', 'only these paths, such as src/**, with commas', list)
    .option('--for <duration>', 'how long, such as 2h', duration)
    .option('-m, --message <text>', 'what it is for')
    .action(async (name, options) => (await grants()).askForGrant(name, options));
  grant.addHelpText('after', "\nsallyport grant copilot --repo 'acme/*' --refs 'copilot/*' --for 2h");
  listing(grant, 'ls', 'list grants and requests')
    .option('--principal <name>', 'only of this coding agent')
    .option('--state <state>', 'asked, valid, refused, revoked or expired')
    .action(async (options) => (await grants()).listGrants(options));
  client(grant, 'give <id>', 'give what was asked for').action(async (id, options) =>
    (await grants()).giveGrant(id, options),
  );
  client(grant, 'revoke <id>', 'revoke a grant, refuse a request').action(async (id, options) =>
    (await grants()).revokeGrant(id, options),
  );
}

/** `grant copilot …` is `grant ask copilot …`. */
function withDefaultCommand(args: readonly string[]): readonly string[] {
  const [first, second] = args;
  const known = ['ask', 'ls', 'give', 'revoke', 'help'];
  if (first !== 'grant' || second === undefined || second.startsWith('-') || known.includes(second)) return args;
  return ['grant', 'ask', ...args.slice(1)];
}

function addPushCommands(program: Command): void {
  const pushes = async () => import('./commands/push.ts');
  const push = group(program, 'push', 'the queue');
  listing(push, 'ls', 'list pushes, newest first')
    .option('--state <state>', 'only in this state, or in these, with commas', states)
    .option('--repo <repo>', 'only of this repository')
    .option('--principal <name>', 'only by this principal')
    .option('--unreviewed', 'only those that went by break-glass and wait for a review')
    .option('--limit <n>', 'at most so many, up to 500', upTo(500))
    .option('--before <id>', 'only with a smaller number: the next page', pushOption)
    .action(async (options) => (await pushes()).listPushes(options));
  listing(push, 'show <id>', 'show one push').action(async (id, options) =>
    (await pushes()).showPush(pushNumber(id), options),
  );
  listing(push, 'diff <id>', 'show what a push changes').action(async (id, options) =>
    (await pushes()).diffPush(pushNumber(id), options),
  );
  listing(push, 'explain <id>', 'say why a push got its verdict').action(async (id, options) =>
    (await pushes()).explainPush(pushNumber(id), options),
  );
  listing(push, 'attribution <id>', 'say who or what wrote a push, with the evidence')
    .option('--format <format>', 'for other tools: git-ai, agent-trace or in-toto')
    .action(async (id, options) => (await pushes()).attributionOfPush(pushNumber(id), options));
  listing(push, 'blame <id> <path>', 'show a file as a push leaves it, with who wrote each line')
    .option('--ref <ref>', 'of this ref of the push; default: the first that changes the file')
    .action(async (id, path, options) => (await pushes()).blamePush(pushNumber(id), path, options));
  client(push, 'approve <id>', 'approve a held push')
    .option('-m, --message <text>', 'comment')
    .action(async (id, options) => (await pushes()).approvePush(pushNumber(id), options));
  client(push, 'review <id>', 'say that you have looked at a push that went by break-glass')
    .requiredOption('-m, --message <text>', 'what you found')
    .action(async (id, options) => (await pushes()).reviewPush(pushNumber(id), options));
  client(push, 'reject <id>', 'reject a held push')
    .requiredOption('-m, --message <text>', 'why')
    .action(async (id, options) => (await pushes()).rejectPush(pushNumber(id), options));
  client(push, 'withdraw <id>', 'take back your own held push').action(async (id, options) =>
    (await pushes()).withdrawPush(pushNumber(id), options),
  );
  client(push, 'wait <id>', 'wait until a push has landed (exit 0) or ended otherwise (exit 1)')
    .option('--timeout <duration>', 'give up after, such as 10m; default: never', duration)
    .action(async (id, options) => (await pushes()).waitForPush(pushNumber(id), options));
}

function addAttributeCommand(program: Command): void {
  program
    .command('attribute <rev-range>')
    .description('say who or what wrote the commits of a local repository, by what they and their notes say')
    .option('-C <dir>', 'the repository; default: where you are')
    .addOption(jsonOption())
    .action(async (range, options) => (await import('./commands/attribute.ts')).attribute(range, options));
}

function addExceptionCommands(program: Command): void {
  const exceptions = async () => import('./commands/exception.ts');
  const exception = group(program, 'exception', 'what was found, was no secret, and may pass');
  listing(exception, 'ls', 'list exceptions, newest first')
    .option('--repo <repo>', 'only of this repository')
    .option('--state <state>', 'valid, revoked, expired or replaced, several with commas')
    .option('--limit <n>', 'at most so many', wholeNumber)
    .action(async (options) => (await exceptions()).listExceptions(options));
  client(exception, 'revoke <id>', 'let what it covered count again').action(async (id, options) =>
    (await exceptions()).revokeException(exceptionNumber(id), options),
  );
}

function addAiCommands(program: Command): void {
  const sessions = async () => import('./commands/ai.ts');
  const ai = group(program, 'ai', 'recorded sessions of coding agents');
  listing(ai, 'ls', 'list sessions that you may see, newest first')
    .option('--principal <name>', 'only recorded by this principal')
    .option('--repo <repo>', 'only with work in this repository')
    .option('--since <time>', 'a time, a date, or a duration before now such as 90d', moment)
    .option('--limit <n>', 'at most so many, up to 500', upTo(500))
    .action(async (options) => (await sessions()).listSessions(options));
  listing(
    ai,
    'show <session>',
    'show what was asked in a session, and what came of it (principal/key, or your own key)',
  )
    .option('--replay', 'everything as it went, with the code')
    .action(async (session, options) => (await sessions()).showSession(session, options));
}

function addHookCommands(program: Command): void {
  const hooks = async () => import('./commands/hook.ts');
  const hook = group(program, 'hook', 'recording what coding agents do in a clone');
  const agents = () =>
    new Option('--coding-agent <name>', 'only for this one; may be given several times').argParser(
      (name: string, before: string[] = []) => [...before, name],
    );
  hook
    .command('install')
    .description('write the hooks of coding agents and of this repository')
    .addOption(agents())
    .addOption(new Option('--global', 'for all repositories of yours (default)').conflicts('repo'))
    .option('--repo', 'the hooks of coding agents in this repository alone')
    .option('--dry-run', 'say what would be written')
    .action(async (options) => (await hooks()).installHooks(options));
  hook
    .command('uninstall')
    .description('take out what install put in')
    .addOption(agents())
    .addOption(new Option('--global', 'of your own configuration (default)').conflicts('repo'))
    .option('--repo', 'of this repository alone')
    .action(async (options) => (await hooks()).uninstallHooks(options));
  hook
    .command('status')
    .description('what is installed, what waits to be sent, and what went wrong')
    .addOption(jsonOption())
    .action(async (options) => (await hooks()).hookStatus(options));
  hook
    .command('flush')
    .description('send what was recorded')
    .action(async () => (await hooks()).flushQueue());
  hook
    .command('record <coding-agent> [event]')
    .description('what the hooks of coding agents call, with a payload on standard input')
    .action(async (agent, event) => (await hooks()).runHook(event === undefined ? [agent] : [agent, event]));
  for (const name of ['post-commit', 'post-rewrite', 'pre-push']) {
    hook
      .command(`${name} [arguments...]`)
      .description(`what git's ${name} hook calls`)
      .action(async (rest: readonly string[]) => (await hooks()).runHook(['git', name, ...rest]));
  }
}

function addPolicyCommands(program: Command): void {
  const policy = group(program, 'policy', 'the policy');
  policy
    .command('check')
    .description('validate a policy file, without a gateway')
    .argument('[file]', 'default: the one that sallyport.yaml names')
    .addOption(configOption())
    .action(async (file, options) => (await import('./commands/policy.ts')).checkPolicy(file, options));
  listing(policy, 'explain <id>', 'say why a push got its verdict').action(async (id, options) =>
    (await import('./commands/push.ts')).explainPush(pushNumber(id), options),
  );
}

function addAuditCommands(program: Command): void {
  const trail = async () => import('./commands/audit.ts');
  const audit = group(program, 'audit', 'the trail of everything seen, decided and done');
  listing(audit, 'search', 'search the trail, oldest first')
    .option('--type <types>', 'such as push.landed, several with commas', entryTypes)
    .option('--push <id>', 'only of this push', pushOption)
    .option('--repo <repo>', 'only of this repository')
    .option('--actor <name>', 'only by this principal')
    .option('--since <time>', 'a time, a date, or a duration before now such as 90d', moment)
    .option('--until <time>', 'as --since', moment)
    .option('--from <index>', 'first index', wholeNumber)
    .option('--limit <n>', 'at most so many, up to 1000', upTo(1000))
    .action(async (options) => (await trail()).searchTrail(options));
  listing(audit, 'verify', 'check the whole trail for changes and losses').action(async (options) =>
    (await trail()).verifyTrail(options),
  );
}

function addScanCommand(program: Command): void {
  program
    .command('scan')
    .description('look for secrets in files, a directory, standard input or commits, without a gateway')
    .argument('[path]', 'a file or directory; - reads standard input; default: this directory')
    .option('--rev-range <range>', 'what these commits introduce, such as main..HEAD or --all')
    .option('-C <dir>', 'the repository of --rev-range; default: the one around this directory')
    .addOption(jsonOption())
    .addOption(new Option('--format <format>', 'default: text').choices(SCAN_FORMATS))
    .option('--severity <least>', 'tell findings from this severity on', '>=medium')
    .option('--exclude <pattern>', 'leave out these files or directories; may be repeated', collect)
    .option('--gitleaks-config <file>', 'rules and allowlists; default: .gitleaks.toml at the root')
    .option('--no-inline-allow', 'tell findings that a comment allows, too')
    .action(async (path, options) => (await import('./commands/scan.ts')).scan(path, options));
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** A command that only has commands below it: alone, or with an unknown one, it is called wrongly. */
function group(program: Command, name: string, description: string): Command {
  return program.command(name).description(description);
}

function client(parent: Command, usage: string, description: string): Command {
  return parent.command(usage).description(description).addOption(configOption());
}

function listing(parent: Command, usage: string, description: string): Command {
  return client(parent, usage, description).addOption(jsonOption());
}

function configOption(): Option {
  return new Option('--config <file>', 'configuration; default: ./sallyport.yaml');
}

function jsonOption(): Option {
  return new Option('--json', 'one JSON document instead of text');
}
