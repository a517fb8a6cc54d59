const e = process.env as Record<string, string>;

export const cfg = {
  port: +e.PORT,
  base: e.BASE_URL,
  origin: new URL(e.BASE_URL).origin,
  issuer: e.ISSUER_BASE_URL,
  id: e.CLIENT_ID,
  secret: e.CLIENT_SECRET,
  audience: e.AUDIENCE,
  api: e.API_URL,
  cookieKey: e.SESSION_SECRET,
};
