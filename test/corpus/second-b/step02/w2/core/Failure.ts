/** Something that went wrong and may be told to the user. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly headline: string,
    readonly explanation: string,
    readonly way: { href: string; text: string } = { href: '/', text: 'Home' },
  ) {
    super(headline);
  }
}

export const LOGIN_AGAIN = { href: '/login', text: 'Log in again' };

export class LoginRequired extends Error {}
