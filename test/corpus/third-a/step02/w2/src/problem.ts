export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly heading: string,
    text: string,
    readonly link = { href: '/', text: 'Front page' },
  ) {
    super(text);
  }
}
