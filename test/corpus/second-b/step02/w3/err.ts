export class Err extends Error {
  constructor(
    public status: number,
    public title: string,
    public text: string,
    public href = '/',
    public label = 'Home',
  ) {
    super(title);
  }
}
