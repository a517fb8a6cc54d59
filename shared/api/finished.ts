/** The workshop runs the API that the learner builds in step 06: there is one to read. */
export { type ApiSettings, createApi } from '../../steps/06-protect-your-api/app/api/app';
export { Appointments } from '../../steps/06-protect-your-api/app/api/appointments';
export {
  type Caller,
  InvalidToken,
  KeysUnavailable,
  requireScope,
  requireToken,
  whyRefused,
} from '../../steps/06-protect-your-api/app/api/bearer';
export { rememberTokens } from '../../steps/06-protect-your-api/app/api/hardening/seen-tokens';
export { IssuerKeys } from '../../steps/06-protect-your-api/app/api/keys';
