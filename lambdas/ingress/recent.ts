// Remembers what was verified here a little while ago. Bounded in number and in time; what it forgets is only asked for
// once more. Pure: time is an argument.

export interface Recent<Value> {
  remember(key: string, value: Value, nowMs: number): void;
  /** The value, or `undefined` when it was never known, is too old or was crowded out. */
  recall(key: string, nowMs: number): Value | undefined;
  forget(key: string): void;
  readonly size: number;
}

export function createRecent<Value>(capacity: number, maxAgeMs: number): Recent<Value> {
  const entries = new Map<string, { readonly value: Value; readonly atMs: number }>();
  return {
    remember(key, value, nowMs) {
      entries.delete(key);
      entries.set(key, { value, atMs: nowMs });
      if (entries.size <= capacity) return;
      const oldest = entries.keys().next();
      if (oldest.done !== true) entries.delete(oldest.value);
    },
    recall(key, nowMs) {
      const entry = entries.get(key);
      const age = entry === undefined ? Number.POSITIVE_INFINITY : nowMs - entry.atMs;
      return age >= 0 && age < maxAgeMs ? entry?.value : undefined;
    },
    forget: (key) => void entries.delete(key),
    get size() {
      return entries.size;
    },
  };
}
