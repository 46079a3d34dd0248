// What gateway and launcher say to each other, and what the launched shells understand.

export type ToLauncher = { readonly do: 'start' | 'kill'; readonly id: number };
export type FromLauncher =
  | { readonly started: number; readonly pid: number | undefined }
  /** `null`: killed, or never started. */
  | { readonly ended: number; readonly code: number | null };

/**
 * Reads lines: `E name=value` for the environment, `D kilobytes` and `T seconds` for limits, `A argument`, then `go`,
 * and becomes `$0`. `read` takes no byte beyond its line, so what follows on the pipe is git's own input. Nothing is
 * evaluated: values are assigned and passed on in quotes. A limit that the system does not know, or has lower, is no
 * reason not to start.
 */
export const BECOME_GIT = `while IFS= read -r line; do case $line in
"E "*) export "\${line#E }" ;;
"A "*) set -- "$@" "\${line#A }" ;;
"D "*) ulimit -d "\${line#D }" 2>/dev/null ;;
"T "*) ulimit -t "\${line#T }" 2>/dev/null ;;
go) exec "$0" "$@" ;;
esac; done`;

/** What one process may take from the machine. */
export interface ProcessLimits {
  /** Of its own (RLIMIT_DATA): mapped packs do not count. */
  readonly memoryBytes: number;
  /** Of computing time, in all threads: also when nobody is left who could end it. */
  readonly cpuSeconds?: number;
}

/** The lines for one start; throws on a value that no line can carry. */
export function startLines(
  environment: Readonly<Record<string, string>>,
  args: readonly string[],
  limits?: ProcessLimits,
): string {
  const lines = [
    ...Object.entries(environment).map(([name, value]) => `E ${name}=${value}`),
    ...(limits === undefined ? [] : [`D ${Math.ceil(limits.memoryBytes / 1024)}`]),
    ...(limits?.cpuSeconds === undefined ? [] : [`T ${Math.ceil(limits.cpuSeconds)}`]),
    ...args.map((arg) => `A ${arg}`),
    'go',
  ];
  if (lines.some((line) => /[\n\0]/.test(line))) throw new TypeError('a line feed or NUL in an argument of git');
  return `${lines.join('\n')}\n`;
}
