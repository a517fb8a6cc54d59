function must(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export const env = {
  BASE_URL: must('BASE_URL'),
  ISSUER: must('ISSUER_BASE_URL'),
  CLIENT_ID: must('CLIENT_ID'),
  CLIENT_SECRET: must('CLIENT_SECRET'),
  AUDIENCE: must('AUDIENCE'),
  SESSION_SECRET: must('SESSION_SECRET'),
};
