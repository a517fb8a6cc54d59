import { verifyMistakes } from './mistakes';

// No mistake is written yet for the first one, and the second one needs a Redis.
verifyMistakes(7, { unproved: ['7.store-away'] });
