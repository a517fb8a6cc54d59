// Who is logged in, with which tokens. Kept here and not in the session, so that a slow request cannot write old tokens back.
const { randomUUID } = require('node:crypto');

const accounts = new Map();

exports.accountOf = (number) => accounts.get(number);

exports.open = (claims, tokens) => {
  const account = { number: randomUUID(), claims, tokens, since: Date.now() };
  accounts.set(account.number, account);
  return account;
};

exports.close = (account) => account && accounts.delete(account.number);
