// The local issuer's store: a map that ends with the process. Tokens of agents are signed and never looked up, so
// nothing that must outlive a restart lies here.

interface Entry {
  readonly payload: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  readonly until: number;
}

const entries = new Map<string, Entry>();

/** The interface that the provider asks its store by, for one kind of artifact. */
export class IssuerStore {
  readonly #kind: string;

  constructor(kind: string) {
    this.#kind = kind;
  }

  async upsert(id: string, payload: Entry["payload"], seconds?: number): Promise<void> {
    entries.set(this.#key(id), {
      payload,
      until: seconds === undefined ? Infinity : Date.now() + seconds * 1000,
    });
  }

  async find(id: string): Promise<Entry["payload"] | undefined> {
    const entry = entries.get(this.#key(id));
    return entry !== undefined && Date.now() < entry.until ? entry.payload : undefined;
  }

  async findByUid(uid: string): Promise<Entry["payload"] | undefined> {
    return [...entries.values()].find(({ payload }) => payload.uid === uid)?.payload;
  }

  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  async consume(id: string): Promise<void> {
    const entry = entries.get(this.#key(id));
    if (entry === undefined) return;
    const consumed = Math.floor(Date.now() / 1000);
    entries.set(this.#key(id), { ...entry, payload: { ...entry.payload, consumed } });
  }

  async destroy(id: string): Promise<void> {
    entries.delete(this.#key(id));
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, { payload }] of entries) if (payload.grantId === grantId) entries.delete(key);
  }

  #key(id: string): string {
    return `${this.#kind}:${id}`;
  }
}
