// Values that several sections of sallyport.yaml are made of.
import { z } from 'zod';
import { suggestion } from '../../domain/policy/yaml-values.ts';
import { parseDuration } from '../../domain/units.ts';

/** An object that accepts exactly these keys, and says for every other one what was probably meant. */
export function closed<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, known)).join('\n');
      if (issue.code === 'invalid_type') return `must be a section with the keys ${known.join(', ')}`;
      return undefined;
    },
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  return `unknown key \`${key.slice(0, 100)}\`; hint: ${suggestion(key, known)}`;
}

export const text = (what: string) => z.string({ error: `must be ${what}` }).min(1, `must be ${what}`);

export const name = text('a name').regex(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  'must be a name of letters, digits, ".", "_", "-"',
);

export const duration = z.string({ error: 'must be a duration such as 10m' }).transform((value, context) => {
  const milliseconds = parseDuration(value);
  if (milliseconds !== undefined) return milliseconds;
  context.addIssue({ code: 'custom', message: 'must be a duration such as 30s, 10m, 1h30m or 7d' });
  return z.NEVER;
});

const LITERAL_SECRET =
  'a secret is never written in the configuration; hint: write { env: NAME }, { file: PATH } or { command: [PROGRAM, ...] }';

/** Only ever names a place. The value itself is never echoed, since it may be a secret written here by mistake. */
export const secret = z
  .strictObject(
    {
      env: text('the name of an environment variable')
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable')
        .optional(),
      file: text('a path').optional(),
      command: z.array(text('an argument'), { error: 'must be a list: [PROGRAM, ...]' }).min(1).optional(),
    },
    { error: LITERAL_SECRET },
  )
  .transform((value, context) => {
    const given = Object.values(value).filter((one) => one !== undefined);
    if (given.length === 1) {
      if (value.env !== undefined) return { kind: 'env', name: value.env } as const;
      if (value.file !== undefined) return { kind: 'file', path: value.file } as const;
      if (value.command !== undefined) return { kind: 'command', argv: value.command } as const;
    }
    context.addIssue({ code: 'custom', message: LITERAL_SECRET });
    return z.NEVER;
  });
