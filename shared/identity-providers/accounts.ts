/** Passwords are for practice: the provider's own page shows them, so there is no hash. */
export interface Account {
  email: string;
  password: string;
  given_name: string;
  family_name: string;
}
