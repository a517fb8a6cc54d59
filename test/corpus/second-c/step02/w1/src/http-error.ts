export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly link?: { href: string; text: string },
  ) {
    super(message);
  }
}
