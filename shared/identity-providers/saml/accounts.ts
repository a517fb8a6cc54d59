import type { Account } from '../accounts';

export interface StaffAccount extends Account {
  /** What the clinic calls a person, whatever their e-mail address: the NameID. */
  staffNumber: string;
  group: string;
  department: string;
}

/** The staff of the clinic. */
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
