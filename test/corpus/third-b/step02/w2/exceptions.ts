export class HttpError extends Error {
  constructor(readonly status: number, readonly title: string, message: string, readonly link?: readonly [string, string]) {
    super(message);
  }
}
export class NotAuthenticated extends Error {}
