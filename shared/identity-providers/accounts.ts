/** Somebody with an account at a provider. The passwords are for practising and stand on the provider's own page. */
export interface Account {
  email: string;
  password: string;
  given_name: string;
  family_name: string;
}

/** Whose e-mail address and password these are; no hash, since there is nothing to protect (see `Account`). */
export function findAccount<A extends Account>(
  accounts: readonly A[],
  email: string | null,
  password: string | null,
): A | undefined {
  const wanted = email?.trim().toLowerCase();
  return accounts.find((one) => one.email === wanted && one.password === password);
}
