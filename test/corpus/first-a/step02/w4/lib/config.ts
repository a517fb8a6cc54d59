const required = ['PORT', 'BASE_URL', 'ISSUER_BASE_URL', 'CLIENT_ID', 'CLIENT_SECRET', 'AUDIENCE', 'API_URL', 'SESSION_SECRET'] as const;
const missing = required.filter((name) => !process.env[name]);
if (missing.length > 0) throw new Error('Not set: ' + missing.join(', '));
const { PORT, BASE_URL, ISSUER_BASE_URL, CLIENT_ID, CLIENT_SECRET, AUDIENCE, API_URL, SESSION_SECRET } = process.env as Record<(typeof required)[number], string>;

export const config = {
  port: Number(PORT),
  base: BASE_URL,
  origin: new URL(BASE_URL).origin,
  issuer: ISSUER_BASE_URL,
  client: { id: CLIENT_ID, secret: CLIENT_SECRET },
  audience: AUDIENCE,
  api: API_URL,
  secret: SESSION_SECRET,
  scopes: [
    'openid',
    'profile',
    'email',
  ],
};
