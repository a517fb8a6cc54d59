import type { TokenAnswer } from './tenant';

export interface Tokens {
  access: string;
  scope: string;
}

export function tokensOf(answer: TokenAnswer, sub: string, old?: Tokens): Tokens {
  return {
    access: answer.access_token,
    scope: answer.scope ?? old?.scope ?? '',
  };
}
