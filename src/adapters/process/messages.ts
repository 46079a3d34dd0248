// What a process and the one beside it say to each other, over node's own channel (advanced serialization).

export type ToSide<Settings, Task, More> =
  /** First of all. */
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'job'; readonly id: number; readonly task: Task }
  /** The rest of a task, and answers to what was asked. */
  | { readonly kind: 'more'; readonly id: number; readonly more: More }
  | { readonly kind: 'cancel'; readonly id: number };

export type FromSide<Said, Result> =
  | { readonly kind: 'said'; readonly id: number; readonly said: Said }
  | { readonly kind: 'done'; readonly id: number; readonly result: Result }
  /** `code`: what the job's own error says. */
  | { readonly kind: 'failed'; readonly id: number; readonly code?: string; readonly message: string };
