import type { ErrorRequestHandler } from 'express';

export interface Way {
  href: string;
  text: string;
}

export class Failure extends Error {
  constructor(
    public readonly status: number,
    public readonly heading: string,
    message: string,
    public readonly way: Way = { href: '/', text: 'Home' },
  ) {
    super(message);
  }
}
export const tryLogin: Way = { href: '/login', text: 'Log in' };

export const showFailure: ErrorRequestHandler = (error, _req, res, _next) => {
  let failure: Failure;
  if (error instanceof Failure) failure = error;
  else if (error?.status >= 400 && error?.status < 500) failure = new Failure(error.status, 'Bad request', 'The request could not be read.');
  else {
    console.error(error);
    failure = new Failure(500, 'An error', 'Something went wrong here. Please try again.');
  }
  res.status(failure.status).render('failure', { heading: failure.heading, text: failure.message, way: failure.way });
};
