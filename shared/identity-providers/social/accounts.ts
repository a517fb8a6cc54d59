import type { Account } from '../accounts';

export interface GaggleAccount extends Account {
  /** Digits, like Google's. */
  sub: string;
}

/** Ann has the same e-mail address in users.json, and is another user at the tenant. */
export const GAGGLE_ACCOUNTS: readonly GaggleAccount[] = [
  {
    sub: '104200000000000000001',
    email: 'gina@gaggle.example',
    password: 'seven geese in a row',
    given_name: 'Gina',
    family_name: 'Gander',
  },
  {
    sub: '104200000000000000002',
    email: 'gus@gaggle.example',
    password: 'wild geese fly south',
    given_name: 'Gus',
    family_name: 'Goslin',
  },
  {
    sub: '104200000000000000003',
    email: 'ann@example.com',
    password: 'another goose for ann',
    given_name: 'Ann',
    family_name: 'Archer',
  },
];
