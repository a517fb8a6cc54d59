export interface Grant {
  readonly revision: number;
  readonly subject: string;
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly idToken?: string;
  readonly scope: string;
  readonly issuedAt: number;
  readonly refreshedAt?: number;
  readonly expiresAt?: number;
  readonly renewAt?: number;
}

/** Keeps the tokens, away from the sessions. */
export class GrantRepository {
  private readonly rows = new Map<string, Grant>();

  find(id: string | undefined): Grant | undefined {
    return id === undefined ? undefined : this.rows.get(id);
  }

  insert(id: string, grant: Grant): void {
    this.rows.set(id, grant);
  }

  /** Only if nobody else changed or deleted the row meanwhile. */
  update(id: string, revision: number, grant: Grant): boolean {
    if (this.rows.get(id)?.revision !== revision) return false;
    this.rows.set(id, grant);
    return true;
  }

  delete(id: string | undefined): void {
    if (id !== undefined) this.rows.delete(id);
  }
}
