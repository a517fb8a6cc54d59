/** The users of users.json with the passwords whose hashes stand there: for the table of npm start and for tests. */
export const DEMO_USERS = [
  { email: 'ann@example.com', name: 'Ann Archer', password: 'correct horse battery staple' },
  { email: 'bob@example.com', name: 'Bob Baker', password: 'open sesame to the garden' },
] as const;
