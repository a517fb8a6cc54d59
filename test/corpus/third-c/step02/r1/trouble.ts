/** Something that the user gets to read. */
export class Trouble extends Error {
  constructor(readonly status: number, readonly title: string, message: string, readonly link?: [href: string, text: string]) {
    super(message);
  }
}
