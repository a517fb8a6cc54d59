function need(name: string) {
  const v = process.env[name];
  if (!v) throw new Error(`${name} is not set`);
  return v;
}
export const settings = {
  port: Number(need('PORT')),
  baseUrl: need('BASE_URL').replace(/\/+$/, ''),
  issuer: need('ISSUER_BASE_URL'),
  clientId: need('CLIENT_ID'),
  clientSecret: need('CLIENT_SECRET'),
  audience: need('AUDIENCE'),
  sessionSecret: need('SESSION_SECRET'),
};
