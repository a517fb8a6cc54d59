export class Settings {
  private constructor(
    readonly port: number,
    readonly baseUrl: URL,
    readonly issuer: URL,
    readonly clientId: string,
    readonly clientSecret: string,
    readonly audience: string,
    readonly apiUrl: URL,
    readonly sessionSecret: string,
  ) {}

  static fromEnvironment(env: NodeJS.ProcessEnv): Settings {
    const must = (name: string): string => {
      const value = env[name];
      if (!value) throw new Error(`${name} is not set`);
      return value;
    };
    return new Settings(
      Number(must('PORT')),
      new URL(must('BASE_URL')),
      new URL(must('ISSUER_BASE_URL')),
      must('CLIENT_ID'),
      must('CLIENT_SECRET'),
      must('AUDIENCE'),
      new URL(must('API_URL')),
      must('SESSION_SECRET'),
    );
  }
}
