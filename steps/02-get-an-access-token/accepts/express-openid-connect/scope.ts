export const scope = 'openid profile email';
