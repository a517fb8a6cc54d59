/** Auth0's error body. */
export class ManagementError extends Error {
  override name = 'ManagementError';

  /** @param errorCode Auth0's: invalid_body, insufficient_scope, inexistent_client, … */
  constructor(
    readonly statusCode: 400 | 401 | 403 | 404 | 409 | 413 | 500,
    message: string,
    readonly errorCode: string,
  ) {
    super(message);
  }

  toJSON() {
    const { statusCode, message, errorCode } = this;
    return { statusCode, error: NAMES[statusCode], message, errorCode };
  }
}

const NAMES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Payload Too Large',
  500: 'Internal Server Error',
} as const;
