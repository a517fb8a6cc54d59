/** Passwords are for practice: the provider's own page shows them. */
export interface Account {
  email: string;
  password: string;
  given_name: string;
  family_name: string;
}

/** No hash, since there is nothing to protect. */
export function findAccount<A extends Account>(
  accounts: readonly A[],
  email: string | null,
  password: string | null,
): A | undefined {
  const wanted = email?.trim().toLowerCase();
  return accounts.find((one) => one.email === wanted && one.password === password);
}
