// What gateway and launcher say to each other, and what the launched shells understand.

export type ToLauncher = { readonly do: 'start' | 'kill'; readonly id: number };
export interface FromLauncher {
  readonly ended: number;
  /** `null`: killed, or never started. */
  readonly code: number | null;
}

/**
 * Reads lines: `E name=value` for the environment, `A argument`, then `go`, and becomes `$0`. `read` takes no byte
 * beyond its line, so what follows on the pipe is git's own input. Nothing is evaluated: values are assigned and passed
 * on in quotes.
 */
export const BECOME_GIT = `while IFS= read -r line; do case $line in
"E "*) export "\${line#E }" ;;
"A "*) set -- "$@" "\${line#A }" ;;
go) exec "$0" "$@" ;;
esac; done`;

/** The lines for one start; throws on a value that no line can carry. */
export function startLines(environment: Readonly<Record<string, string>>, args: readonly string[]): string {
  const lines = [
    ...Object.entries(environment).map(([name, value]) => `E ${name}=${value}`),
    ...args.map((arg) => `A ${arg}`),
    'go',
  ];
  if (lines.some((line) => /[\n\0]/.test(line))) throw new TypeError('a line feed or NUL in an argument of git');
  return `${lines.join('\n')}\n`;
}
