export interface Oops {
  status: number;
  title: string;
  text: string;
  href: string;
  label: string;
}

export const oops = (status: number, title: string, text: string, href = '/', label = 'Start') =>
  Object.assign(new Error(title), { oops: { status, title, text, href, label } as Oops });

/** The user has to log in (again) before this works. */
export class LogInFirst extends Error {}
