/**
 * A Hook on credentials-exchange: what `onExecuteCredentialsExchange` was before Actions. It touches the tokens that a program asks
 * for in its own name, and never a user's login. A `scope` that is not handed on is gone.
 */
module.exports = (client, scope, audience, context, callback) => {
  callback(null, { scope, 'https://call-your-api.example/job': client.name });
};
