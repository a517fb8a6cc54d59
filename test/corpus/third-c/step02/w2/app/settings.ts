function need(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export const settings = {
  port: Number(need('PORT')),
  baseUrl: need('BASE_URL').replace(/\/$/, ''),
  issuer: need('ISSUER_BASE_URL'),
  clientId: need('CLIENT_ID'),
  clientSecret: need('CLIENT_SECRET'),
  audience: need('AUDIENCE'),
  sessionSecret: need('SESSION_SECRET'),
};
