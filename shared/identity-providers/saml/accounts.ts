import type { Account } from '../accounts';

export interface StaffAccount extends Account {
  /** The NameID, independent of the e-mail address. */
  staffNumber: string;
  group: string;
  department: string;
}

export const STAFF: readonly StaffAccount[] = [
  {
    staffNumber: 'LF-1007',
    email: 'nora@larkfield.example',
    password: 'nightjar at the desk',
    given_name: 'Nora',
    family_name: 'Nightjar',
    group: 'reception',
    department: 'Front desk',
  },
  {
    staffNumber: 'LF-1021',
    email: 'max@larkfield.example',
    password: 'a meadow for max',
    given_name: 'Max',
    family_name: 'Meadow',
    group: 'managers',
    department: 'Administration',
  },
];
