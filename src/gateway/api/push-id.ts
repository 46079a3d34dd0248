// The number of a push in a path.
import { z } from 'zod';

export const idParam = z.object({
  id: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'must be the number of a push')
    .transform(Number),
});
