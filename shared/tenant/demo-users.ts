/** Users of users.json with passwords, roles and offices: for the table of npm start and for tests. */
export const DEMO_USERS = [
  {
    email: 'ann@example.com',
    name: 'Ann Archer',
    password: 'correct horse battery staple',
    roles: ['manager'],
    office: 'Lisbon',
  },
  {
    email: 'bob@example.com',
    name: 'Bob Baker',
    password: 'open sesame to the garden',
    roles: ['assistant'],
    office: 'Porto',
  },
] as const;
