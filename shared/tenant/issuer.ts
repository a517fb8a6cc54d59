interface IssuerParts {
  /** With the port. */
  host: string;
  /** "http:" or "https:". */
  protocol: string;
  /** The tenant's own name: the first label of its host. */
  tenant: string;
}

const known = new Map<string, IssuerParts>();

/** An issuer's parts. It is asked for at every request, and a tenant has one issuer as long as it runs: taken apart once. */
export function issuerParts(issuer: string): IssuerParts {
  let parts = known.get(issuer);
  if (parts === undefined) {
    const { host, hostname, protocol } = new URL(issuer);
    parts = { host, protocol, tenant: hostname.split('.', 1)[0] ?? '' };
    known.set(issuer, parts);
  }
  return parts;
}
