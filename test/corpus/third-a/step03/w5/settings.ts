function must(name: string): string {
  const value = process.env[name];
  if (!value) {
    console.error(`Please set ${name}`);
    process.exit(1);
  }
  return value;
}

export const env = {
  port: Number(must('PORT')),
  home: must('BASE_URL').replace(/\/+$/, ''),
  issuer: must('ISSUER_BASE_URL'),
  clientId: must('CLIENT_ID'),
  clientSecret: must('CLIENT_SECRET'),
  audience: must('AUDIENCE'),
  api: must('API_URL'),
  sessionSecret: must('SESSION_SECRET'),
};

export const API_SCOPES = ['read:appointments', 'create:appointments', 'delete:appointments'];
export const SCOPE = ['openid profile email', ...API_SCOPES].join(' ');
