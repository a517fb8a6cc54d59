/** What is kept of the tenant's answer. Times are in milliseconds. */
function keep(answer, before) {
  const now = Date.now();
  const life = Number(answer.expires_in) * 1000 || Infinity;
  return {
    access_token: answer.access_token,
    refresh_token: answer.refresh_token ?? before?.refresh_token,
    scope: answer.scope ?? before?.scope,
    from: now,
    endsAt: now + life,
    renewAt: now + life - Math.min(30_000, life / 10),
  };
}

/** No token that works: the user must log in. */
class NeedsLogin extends Error {}
/** The API answered 401. */
class Unauthorized extends Error {}

async function use(visitor, work) {
  if (!visitor.tokens) throw new NeedsLogin();
  return work(visitor.tokens.access_token);
}

module.exports = { keep, use, NeedsLogin, Unauthorized };
