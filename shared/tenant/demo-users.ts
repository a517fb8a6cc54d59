/** The users of users.json with the passwords whose hashes stand there, and the roles of user-roles.json: for the table of npm start and for tests. */
export const DEMO_USERS = [
  {
    email: 'ann@example.com',
    name: 'Ann Archer',
    password: 'correct horse battery staple',
    roles: ['manager'],
  },
  {
    email: 'bob@example.com',
    name: 'Bob Baker',
    password: 'open sesame to the garden',
    roles: ['assistant'],
  },
] as const;
