export class Trouble extends Error {
  constructor(readonly status: number, title: string, readonly advice: string, readonly href = '/login') {
    super(title);
  }
}
export class LoginFirst extends Error {}
