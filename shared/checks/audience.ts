/** The API's identifier, which the lesson gives. */
export const AUDIENCE = 'https://appointments.example/api';
