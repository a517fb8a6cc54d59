export class PageError extends Error {
  constructor(
    public readonly status: number,
    public readonly title: string,
    public readonly text: string,
    public readonly link = { href: '/', text: 'Start page' },
  ) {
    super(`${title}: ${text}`);
  }
}

export const again = { href: '/login', text: 'Log in again' };
