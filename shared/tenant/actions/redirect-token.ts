import { errors, jwtVerify, SignJWT } from 'jose';
import type { Answer, Question } from './protocol';

/** `api.redirect.encodeToken` and `validateToken`: a JWT with HS256 and a secret that Action and page share. */
export async function answer(question: Question): Promise<Answer> {
  const secret = new TextEncoder().encode(question.secret);
  try {
    if (question.ask === 'validateToken') {
      const { payload } = await jwtVerify(question.token, secret, { algorithms: ['HS256'] });
      return { value: payload };
    }
    const now = Math.floor(Date.now() / 1000);
    const token = new SignJWT(question.payload)
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuedAt(now)
      .setExpirationTime(now + question.expiresInSeconds);
    return { value: await token.sign(secret) };
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { error: 'the token is expired' };
    if (error instanceof errors.JWSSignatureVerificationFailed)
      return { error: 'its signature does not fit the secret' };
    return { error: (error as Error).message };
  }
}
