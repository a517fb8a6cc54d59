/**
 * Addresses of another site in every spelling that is known to get past a filter (RFC 9700, section 4.11), as they stand in a query:
 * percent-encoded where the party must see the character itself. HERE, HOST and PORT stand for the origin under attack and its parts.
 */
export const FOREIGN = [
  // Plain, and with what a URL parser leaves out or reads as a slash.
  'https://evil.test/',
  'https:evil.test',
  'https:/evil.test',
  '//evil.test',
  '///evil.test',
  '/\\evil.test',
  '\\\\evil.test',
  '\\/evil.test',
  '/%5Cevil.test',
  '/%09/evil.test',
  '/%0A/evil.test',
  '/%0D/evil.test',
  '%09//evil.test',
  '%20//evil.test',
  '%00//evil.test',
  '/%00/evil.test',
  '/%7F/evil.test',
  '%E2%80%AE//evil.test',
  // Dot segments: a path while it is compared, another site once it is normalized.
  '/.//evil.test',
  '/./%2F/evil.test',
  '/././/evil.test',
  '/..//evil.test',
  '/../..//evil.test',
  '/a/..//evil.test',
  '/a/../..//evil.test',
  '/a/b/../..//evil.test',
  '/a/./..//evil.test',
  '/%2e//evil.test',
  '/%252e//evil.test',
  '/%252E%252e//evil.test',
  '/a/%252e%252e//evil.test',
  '/.%252e//evil.test',
  '/.\\/evil.test',
  '/./\\evil.test',
  '/..\\\\evil.test',
  '/.%09//evil.test',
  '/.%0A//evil.test',
  '/.//evil.test:443/x?y#z',
  '/.//user@evil.test',
  '/.///evil.test',
  // Looks like this party.
  'http://localhost@evil.test/',
  'HERE@evil.test/',
  'HERE.evil.test/',
  'HERE%2F@evil.test/',
  '//localhost@evil.test',
  '//localhost:PORT@evil.test',
  // Slashes and dots of other alphabets; a host name turns some of them into the ASCII ones.
  '/%EF%BC%8F/evil.test',
  '/%EF%BC%8Fevil.test',
  '/%E2%88%95evil.test',
  '//evil%E3%80%82test',
  '/%EF%BC%8E/%EF%BC%8Fevil.test',
  '/%E2%80%A4//evil.test',
  // Not http at all.
  'javascript:alert(1)',
  'data:text/html,x',
  'javascript://HOST/%250aalert(1)',
] as const;

/** Fills in what stands for the origin under attack. */
export function aimedAt(origin: string, text: string): string {
  const { host, port } = new URL(origin);
  return text.replaceAll('HERE', origin).replaceAll('HOST', host).replaceAll('PORT', port);
}
