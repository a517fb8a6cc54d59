/** A session store as express-session's; express-openid-connect takes it, too. */
export class MemoryStore {
  private rows = new Map<string, any>();
  get(id: string, done: (error: unknown, row?: any) => void) {
    done(null, structuredClone(this.rows.get(id)));
  }
  set(id: string, row: any, done: (error?: unknown) => void) {
    this.rows.set(id, structuredClone(row));
    done(null);
  }
  destroy(id: string, done: (error?: unknown) => void) {
    this.rows.delete(id);
    done(null);
  }
}
