import type http from 'node:http';

/** Answers in place of the learner's API while that does not run (RFC 9457). */
export const apiDoesNotRun: http.RequestListener = (req, res) => {
  req.resume();
  const problem = {
    type: 'about:blank',
    title: 'The API does not run',
    status: 503,
    detail:
      'Your own API, in my-app/api, does not run, or does not answer. Look at what it wrote at its start.',
  };
  res
    .writeHead(503, { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' })
    .end(JSON.stringify(problem));
};
