export class Oops extends Error {
  href = '/';
  label = 'Start page';
  constructor(
    readonly status: number,
    readonly title: string,
    text: string,
  ) {
    super(text);
  }
  offering(href: string, label: string): this {
    this.href = href;
    this.label = label;
    return this;
  }
}

export const loginOops = (status: number, title: string, text: string) => new Oops(status, title, text).offering('/login', 'Log in');
