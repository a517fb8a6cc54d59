import { z } from 'zod';

/** Known to Auth0 and read by nobody here: a file exported from a real tenant is taken as it is. */
export const later = z.unknown().optional();
/** Would make the tenant stricter than this one can be: better refused than believed to be in force. */
export const notHere = z
  .unknown()
  .refine(
    (value) => value === undefined || value === false,
    'is not supported by the local tenant; leave it out',
  )
  .optional();
