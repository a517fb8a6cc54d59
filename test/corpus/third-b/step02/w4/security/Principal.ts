import type { IDToken } from 'oauth4webapi';

/** OidcUser */
export class Principal {
  constructor(private readonly claims: IDToken) {}
  get name() { return this.text('name') ?? this.text('nickname') ?? this.claims.sub; }
  get email() { return this.text('email') ?? ''; }
  get subject() { return this.claims.sub; }
  private text(name: string) {
    const value = this.claims[name];
    return typeof value === 'string' ? value : undefined;
  }
}
