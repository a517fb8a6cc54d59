import type { Account } from '../accounts';

export interface GaggleAccount extends Account {
  /** Digits, as Google's are. */
  sub: string;
}

/** The accounts at Gaggle. Ann has her e-mail address here as in users.json, and is another user at the tenant all the same. */
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
